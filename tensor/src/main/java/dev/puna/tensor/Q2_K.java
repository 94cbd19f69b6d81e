package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Q2_K: 16 groups of 16 numbers with 4-bit scales; s[16] (low nibble) with m (high nibble) | q[64]
 * (2 bits each, of four numbers 32 apart) | d (f16) | e (f16).
 */
final class Q2_K extends SuperAffine {
  Q2_K() {
    super(
        new Layout(
            84,
            16,
            3,
            15,
            80,
            List.of(new Plane(16, 2, 32)),
            new AffineFit.Candidates(-0.5f, 0.1f, 15, AffineFit.Loss.ABSOLUTE),
            1));
  }

  @Override
  void weigh(float[] x, int from, float[] weights) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.abs(x[from + i]);
    }
  }

  @Override
  void packScales(int[] scales, int[] mins, MemorySegment target, long block) {
    for (int g = 0; g < scales.length; g++) {
      target.set(JAVA_BYTE, block + g, (byte) (scales[g] | mins[g] << 4));
    }
  }

  @Override
  void unpackScales(MemorySegment source, long block, int[] scales, int[] mins) {
    for (int g = 0; g < scales.length; g++) {
      int both = source.get(JAVA_BYTE, block + g);
      scales[g] = both & 15;
      mins[g] = both >> 4 & 15;
    }
  }
}
