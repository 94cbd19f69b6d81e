package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q6_K: the low nibbles of q, [128] (two a byte, of numbers 64 apart) | its upper two bits, [64]
 * (of four numbers 32 apart) | s[16] (i8) | d (f16).
 */
final class Q6_K extends SuperSymmetric {
  private static final int LEVELS = 32;
  private static final Plane SCALES = new Plane(192, 8, 16);

  Q6_K() {
    super(210, LEVELS, 208, List.of(new Plane(0, 4, 64), new Plane(128, 2, 32, 4)));
  }

  @Override
  Encoder encoder(float[] x, float @Nullable [] importance) {
    return new Encoder(x) {
      @Override
      float fit(int from, int column) {
        for (int g = 0; g < GROUPS; g++) {
          int first = g * GROUP;
          for (int i = 0; i < GROUP; i++) {
            float v = x[from + first + i];
            weights[i] = importance == null ? v * v : importance[column + first + i];
          }
          scales[g] = SymmetricFit.search(x, from + first, weights, LEVELS, q, first);
        }
        if (Math.abs(SymmetricFit.extreme(scales, 0, GROUPS)) < SymmetricFit.NOTHING) {
          java.util.Arrays.fill(scaleQ, 0);
          java.util.Arrays.fill(q, 0);
          return 0;
        }
        return round(128);
      }
    };
  }

  @Override
  void packScales(int[] scales, MemorySegment target, long block) {
    SCALES.pack(scales, target, block);
  }

  @Override
  void unpackScales(MemorySegment source, long block, int[] scales) {
    SCALES.unpack(source, block, scales);
    for (int g = 0; g < scales.length; g++) {
      scales[g] = (byte) scales[g];
    }
  }
}
