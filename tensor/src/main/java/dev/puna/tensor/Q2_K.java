package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Q2_K: 16 groups of 16 numbers with 4-bit scales; s[16] (low nibble) with m (high nibble) | q[64]
 * (2 bits each, of four numbers 32 apart) | d (f16) | e (f16).
 */
final class Q2_K extends SuperAffine {
  private static final Plane SCALES = new Plane(0, 4, 16);

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
    int[] both = java.util.Arrays.copyOf(scales, 32);
    System.arraycopy(mins, 0, both, 16, 16);
    SCALES.pack(both, target, block);
  }

  @Override
  void unpackScales(MemorySegment source, long block, int[] scales, int[] mins) {
    int[] both = new int[32];
    SCALES.unpack(source, block, both);
    System.arraycopy(both, 0, scales, 0, 16);
    System.arraycopy(both, 16, mins, 0, 16);
  }
}
