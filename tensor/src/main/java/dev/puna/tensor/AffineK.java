package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Q4_K and Q5_K: 8 groups of 32 numbers with 6-bit scales; d (f16) | e (f16) | scales[12] | in Q5_K
 * the fifth bits (a byte holds those of 8 numbers 32 apart) | q[128] (two nibbles a byte, of
 * numbers 32 apart).
 *
 * <p>The scales: s of the first four groups in the lowest 6 bits of 4 bytes, their m in those of 4
 * more; of the others, the low nibbles of s and m in the last 4 bytes, the upper two bits of s and
 * m in those of the first 8.
 */
final class AffineK extends SuperAffine {
  static final AffineK Q4_K =
      new AffineK(144, 15, 255, List.of(new Plane(16, 4, 32)), candidates(-1, 20));
  static final AffineK Q5_K =
      new AffineK(
          176,
          31,
          63,
          List.of(new Plane(48, 4, 32), new Plane(16, 1, 32, 4)),
          candidates(-0.5f, 15));
  private static final int SCALES = 4;

  /**
   * Larger scales, which can only be negative ones, are cut off in Q5_K; Q4_K is not so careful.
   */
  private final int limit;

  private AffineK(
      int blockBytes, int levels, int limit, List<Plane> planes, AffineFit.Candidates candidates) {
    super(new Layout(blockBytes, 32, levels, 63, 0, planes, candidates, 2));
    this.limit = limit;
  }

  private static AffineFit.Candidates candidates(float first, int last) {
    return new AffineFit.Candidates(first, 0.1f, last, AffineFit.Loss.SQUARED);
  }

  @Override
  void weigh(float[] x, int from, float[] weights) {
    float rms = (float) Math.sqrt(Importance.squares(x, from, weights.length) / weights.length);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = rms + Math.abs(x[from + i]);
    }
  }

  @Override
  void packScales(int[] scales, int[] mins, MemorySegment target, long block) {
    long at = block + SCALES;
    for (int g = 0; g < 4; g++, at++) {
      int scale = Math.min(limit, scales[g + 4]);
      target.set(JAVA_BYTE, at, (byte) (Math.min(limit, scales[g]) | scale >> 4 << 6));
      target.set(JAVA_BYTE, at + 4, (byte) (mins[g] | mins[g + 4] >> 4 << 6));
      target.set(JAVA_BYTE, at + 8, (byte) (scale & 15 | mins[g + 4] << 4));
    }
  }

  @Override
  void unpackScales(MemorySegment source, long block, int[] scales, int[] mins) {
    long at = block + SCALES;
    for (int g = 0; g < 4; g++, at++) {
      int s = source.get(JAVA_BYTE, at);
      int m = source.get(JAVA_BYTE, at + 4);
      int low = source.get(JAVA_BYTE, at + 8);
      scales[g] = s & 63;
      mins[g] = m & 63;
      scales[g + 4] = low & 15 | s >> 2 & 48;
      mins[g + 4] = low >> 4 & 15 | m >> 2 & 48;
    }
  }
}
