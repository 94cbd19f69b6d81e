package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** IQ4_NL: 32 numbers; d (f16) | q[16] (nibbles as in Q4_0); x = d·value[q]. */
final class IQ4_NL implements BlockFormat {
  private static final int SIZE = NonLinear.GROUP;
  private static final int BYTES = 18;
  private static final Plane QUANTS = new Plane(2, 4, 16);

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      QUANTS.unpack(source, from, q);
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = d * NonLinear.value(q[j]);
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
    for (int i = 0; i < count; i += SIZE, to += BYTES) {
      float variance = Importance.squares(source, from + i, SIZE) * (2f / SIZE);
      NonLinear.weigh(source, from + i, importance, i, variance, weights);
      float d = NonLinear.scale(source, from + i, weights);
      target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
      NonLinear.round(source, from + i, Rounding.inverse(d), q, 0);
      QUANTS.pack(q, target, to);
    }
  }
}
