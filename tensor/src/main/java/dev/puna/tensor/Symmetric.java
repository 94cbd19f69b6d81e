package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q4_0 and Q5_0: a scale and 32 integers q of 4 or 5 bits; x = d·(q - 2^(bits-1)).
 *
 * <p>Q4_0: d (f16) | q[16] (two nibbles a byte: x[j] in the low one, x[j+16] in the high one).
 * Q5_0: d (f16) | the fifth bits (32 of them, x[0]'s lowest) | q[16] as in Q4_0.
 *
 * <p>Without importance d = m / -2^(bits-1), where m is the number of largest magnitude: it becomes
 * exactly q = 0.
 */
record Symmetric(int bits, int blockBytes, List<Plane> planes) implements BlockFormat {
  private static final int SIZE = 32;

  static final Symmetric Q4_0 = new Symmetric(4, 18, List.of(new Plane(2, 4, 16)));
  static final Symmetric Q5_0 =
      new Symmetric(5, 22, List.of(new Plane(6, 4, 16), new Plane(2, 1, 1, 4)));

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    int zero = 1 << bits - 1;
    for (int i = 0; i < count; i += SIZE, from += blockBytes) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      for (Plane plane : planes) {
        plane.unpack(source, from, q);
      }
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = d * (q[j] - zero);
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
    float variance = importance == null ? 0 : Importance.squares(source, from, count) / count;
    for (int i = 0; i < count; i += SIZE, to += blockBytes) {
      float d;
      if (importance == null) {
        d = round(source, from + i, q);
      } else {
        Importance.weigh(source, from + i, importance, i, variance, weights);
        d = SymmetricFit.search(source, from + i, weights, 1 << bits - 1, q, 0);
      }
      target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
      for (Plane plane : planes) {
        plane.pack(q, target, to);
      }
    }
  }

  private float round(float[] x, int from, int[] q) {
    int zero = 1 << bits - 1;
    float d = SymmetricFit.extreme(x, from, SIZE) / -zero;
    float inverse = Rounding.inverse(d);
    float half = zero + 0.5f;
    for (int j = 0; j < SIZE; j++) {
      q[j] = Math.min(2 * zero - 1, (int) (x[from + j] * inverse + half));
    }
    Rounding.unlessFinite(inverse, q);
    return d;
  }
}
