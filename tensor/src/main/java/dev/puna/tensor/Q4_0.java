package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * Q4_0: d (f16) | q[16] (two nibbles a byte: x[j] in the low one, x[j+16] in the high one); x =
 * d·(q - 8), with d = m / -8 where m is the number of largest magnitude: it becomes exactly q = 0.
 */
final class Q4_0 implements BlockFormat {
  private static final int SIZE = 32;
  private static final int BYTES = 18;

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from));
      for (int j = 0; j < SIZE / 2; j++) {
        int pair = source.get(JAVA_BYTE, from + 2 + j);
        target[to + i + j] = d * ((pair & 15) - 8);
        target[to + i + j + SIZE / 2] = d * ((pair >> 4 & 15) - 8);
      }
    }
  }

  @Override
  public void encode(float[] source, int from, int count, MemorySegment target, long to) {
    for (int i = from; i < from + count; i += SIZE, to += BYTES) {
      float extreme = 0;
      for (int j = 0; j < SIZE; j++) {
        extreme = Math.abs(source[i + j]) > Math.abs(extreme) ? source[i + j] : extreme;
      }
      float d = extreme / -8;
      float inverse = d == 0 ? 0 : 1 / d;
      target.set(FloatFormats.SHORT, to, Float.floatToFloat16(d));
      for (int j = 0; j < SIZE / 2; j++) {
        int low = nibble(source[i + j] * inverse);
        int high = nibble(source[i + j + SIZE / 2] * inverse);
        target.set(JAVA_BYTE, to + 2 + j, (byte) (low | high << 4));
      }
    }
  }

  private static int nibble(float x) {
    return Math.min(15, (int) (x + 8.5f));
  }
}
