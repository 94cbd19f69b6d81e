package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q4_1 and Q5_1: a scale, a smallest number and 32 integers q of 4 or 5 bits; x = d·q + m.
 *
 * <p>d (f16) | m (f16) | in Q5_1 the fifth bits | q[16], laid out as in {@link Symmetric}. Without
 * importance d = (max - min) / (2^bits - 1) and m = min.
 */
record Affine(int bits, int blockBytes, List<Plane> planes) implements BlockFormat {
  private static final int SIZE = 32;

  static final Affine Q4_1 = new Affine(4, 20, List.of(new Plane(4, 4, 16)));
  static final Affine Q5_1 = new Affine(5, 24, List.of(new Plane(8, 4, 16), new Plane(4, 1, 1, 4)));

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE, from += blockBytes) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      float m = Float.float16ToFloat(source.get(FloatFormats.SHORT, from + 2));
      for (Plane plane : planes) {
        plane.unpack(source, from, q);
      }
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = d * q[j] + m;
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
    int[] q = new int[SIZE];
    float[] weights = new float[SIZE];
    AffineFit fit = new AffineFit(SIZE, (1 << bits) - 1);
    float variance = importance == null ? 0 : Importance.squares(source, from, count) / count;
    for (int i = 0; i < count; i += SIZE, to += blockBytes) {
      if (importance == null) {
        round(source, from + i, q, target, to);
      } else {
        Importance.weigh(source, from + i, importance, i, variance, weights);
        fit.search(source, from + i, weights, q, 0, AffineFit.WEIGHTED);
        halves(target, to, fit.scale, -fit.offset);
      }
      for (Plane plane : planes) {
        plane.pack(q, target, to);
      }
    }
  }

  private void round(float[] x, int from, int[] q, MemorySegment target, long to) {
    float min = x[from];
    float max = x[from];
    for (int j = from; j < from + SIZE; j++) {
      min = x[j] < min ? x[j] : min;
      max = x[j] > max ? x[j] : max;
    }
    int levels = (1 << bits) - 1;
    float d = (max - min) / levels;
    float inverse = Rounding.inverse(d);
    for (int j = 0; j < SIZE; j++) {
      q[j] = Math.min(levels, (int) ((x[from + j] - min) * inverse + 0.5f));
    }
    Rounding.unlessFinite(inverse, q);
    halves(target, to, d, min);
  }

  private static void halves(MemorySegment target, long to, float d, float m) {
    target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
    target.set(FloatFormats.SHORT, to + 2, Float.floatToFloat16(m));
  }
}
