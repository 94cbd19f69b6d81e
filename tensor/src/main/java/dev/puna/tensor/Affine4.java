package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * AFFINE4: 32 numbers; scale (f32) | zero (u8) | q[16] (nibbles as in Q4_0); x = scale·(q - zero).
 * GPTQ's and AWQ's groups, of which 32 numbers share a scale and a zero, are held exactly; so the
 * way it encodes other numbers, from the smallest to the largest and zero between, is nobody's
 * reference.
 */
final class Affine4 implements BlockFormat {
  private static final int SIZE = 32;
  private static final int BYTES = 21;
  private static final int LEVELS = 15;
  private static final Plane QUANTS = new Plane(5, 4, 16);

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float scale = source.get(FloatFormats.FLOAT, from);
      int zero = source.get(JAVA_BYTE, from + 4) & 255;
      QUANTS.unpack(source, from, q);
      for (int j = 0; j < SIZE; j++) {
        target[to + i + j] = scale * (q[j] - zero);
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
    for (int i = from; i < from + count; i += SIZE, to += BYTES) {
      float min = 0;
      float max = 0;
      for (int j = i; j < i + SIZE; j++) {
        min = Math.min(min, source[j]);
        max = Math.max(max, source[j]);
      }
      float scale = max / LEVELS - min / LEVELS;
      int zero = scale == 0 ? 0 : Math.round(-min / scale);
      for (int j = 0; j < SIZE; j++) {
        int rounded = scale == 0 ? 0 : Math.round(source[i + j] / scale) + zero;
        q[j] = Math.max(0, Math.min(LEVELS, rounded));
      }
      target.set(FloatFormats.FLOAT, to, scale);
      target.set(JAVA_BYTE, to + 4, (byte) zero);
      QUANTS.pack(q, target, to);
    }
  }
}
