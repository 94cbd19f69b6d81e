package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Q8_K: 256 numbers; d (f32) | q[256] (i8) | the sum of each 16 of q, [16] (i16); x = d·q, with d =
 * m / -127 where m is the number of largest magnitude. ggml's form of activations.
 */
final class Q8_K implements BlockFormat {
  private static final int SIZE = 256;
  private static final int BYTES = 292;
  private static final int SUMS = 4 + SIZE;

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float d = source.get(FloatFormats.FLOAT, from);
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = d * source.get(JAVA_BYTE, from + 4 + j);
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
      float extreme = SymmetricFit.extreme(source, i, SIZE);
      float inverse = extreme == 0 ? 0 : -127 / extreme;
      target.set(FloatFormats.FLOAT, to, extreme == 0 ? 0 : 1 / inverse);
      for (int g = 0; g < SIZE / 16; g++) {
        int sum = 0;
        for (int j = g * 16; j < (g + 1) * 16; j++) {
          byte q = (byte) Math.min(127, Rounding.nearest(inverse * source[i + j]));
          target.set(JAVA_BYTE, to + 4 + j, q);
          sum += q;
        }
        target.set(FloatFormats.SHORT, to + SUMS + 2L * g, (short) sum);
      }
    }
  }
}
