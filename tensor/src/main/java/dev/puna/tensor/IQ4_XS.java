package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * IQ4_XS: 256 numbers in 8 groups of 32; d (f16) | the upper two bits of each s + 32 | their low
 * nibbles, [4] | q[128] (each group's nibbles as in Q4_0); x = d·s·value[q] with s in [-32, 32).
 */
final class IQ4_XS implements BlockFormat {
  private static final int SIZE = 256;
  private static final int BYTES = 136;
  private static final int GROUP = NonLinear.GROUP;
  private static final int GROUPS = SIZE / GROUP;
  private static final int LEVELS = 32;
  private static final Plane QUANTS = new Plane(8, 4, 16);
  private static final List<Plane> SCALES = List.of(new Plane(4, 4, 1), new Plane(2, 2, 1, 4));

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    int[] scales = new int[GROUPS];
    int at = to;
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      for (Plane plane : SCALES) {
        plane.unpack(source, from, scales);
      }
      QUANTS.unpack(source, from, q);
      for (int j = 0; j < SIZE; j++, at++) {
        target[at] = d * (scales[j / GROUP] - LEVELS) * NonLinear.value(q[j]);
      }
    }
  }

  @Override
  public void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to) {
    float[] weights = new float[GROUP];
    float[] scales = new float[GROUPS];
    for (int i = 0; i < count; i += SIZE, to += BYTES) {
      float variance = Importance.squares(source, from + i, SIZE) * (2f / SIZE);
      for (int g = 0; g < GROUPS; g++) {
        int first = i + g * GROUP;
        NonLinear.weigh(source, from + first, importance, first, variance, weights);
        scales[g] = NonLinear.scale(source, from + first, weights);
      }
      pack(source, from + i, scales, target, to);
    }
  }

  private static void pack(float[] x, int from, float[] scales, MemorySegment target, long to) {
    int[] q = new int[SIZE];
    int[] s = new int[GROUPS];
    float d = -SymmetricFit.extreme(scales, 0, GROUPS) / LEVELS;
    float inverse = Rounding.inverse(d);
    target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
    for (int g = 0; g < GROUPS; g++) {
      int rounded = Rounding.nearest(inverse * scales[g], -LEVELS, LEVELS - 1);
      float scale = d * rounded;
      NonLinear.round(x, from + g * GROUP, Rounding.inverse(scale), q, g * GROUP);
      s[g] = rounded + LEVELS;
    }
    for (Plane plane : SCALES) {
      plane.pack(s, target, to);
    }
    QUANTS.pack(q, target, to);
  }
}
