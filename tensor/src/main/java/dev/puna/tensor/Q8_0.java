package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Q8_0: d (f16) | q[32] (i8); x = d·q, with d = max|x| / 127. */
final class Q8_0 implements BlockFormat {
  private static final int SIZE = 32;
  private static final int BYTES = 34;

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = d * source.get(JAVA_BYTE, from + 2 + j);
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
    for (int i = from; i < from + count; i += SIZE, to += BYTES) {
      float d = Math.abs(SymmetricFit.extreme(source, i, SIZE)) / 127;
      float inverse = Rounding.inverse(d);
      target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
      for (int j = 0; j < SIZE; j++) {
        target.set(JAVA_BYTE, to + 2 + j, (byte) Rounding.halfAway(source[i + j] * inverse));
      }
    }
  }
}
