package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** The types without blocks: IEEE 754 single and half precision, and bfloat16. */
final class FloatFormats {
  private FloatFormats() {}

  static final java.lang.foreign.ValueLayout.OfFloat FLOAT =
      JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final java.lang.foreign.ValueLayout.OfShort SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final class F32 implements BlockFormat {
    @Override
    public void decode(MemorySegment source, long from, float[] target, int to, int count) {
      MemorySegment.copy(source, FLOAT, from, target, to, count);
    }

    @Override
    public void encode(
        float[] source,
        int from,
        int count,
        float @Nullable [] importance,
        MemorySegment target,
        long to) {
      MemorySegment.copy(source, from, target, FLOAT, to, count);
    }
  }

  static final class F16 implements BlockFormat {
    @Override
    public void decode(MemorySegment source, long from, float[] target, int to, int count) {
      for (int i = 0; i < count; i++) {
        target[to + i] = Float.float16ToFloat(source.get(SHORT, from + 2L * i));
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
      for (int i = 0; i < count; i++) {
        target.set(SHORT, to + 2L * i, Float.floatToFloat16(source[from + i]));
      }
    }
  }

  /** bfloat16: the upper half of a single-precision number, rounded to nearest, ties to even. */
  static final class BF16 implements BlockFormat {
    @Override
    public void decode(MemorySegment source, long from, float[] target, int to, int count) {
      for (int i = 0; i < count; i++) {
        target[to + i] = Float.intBitsToFloat(source.get(SHORT, from + 2L * i) << 16);
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
      for (int i = 0; i < count; i++) {
        target.set(SHORT, to + 2L * i, round(source[from + i]));
      }
    }

    private static short round(float x) {
      int bits = Float.floatToRawIntBits(x);
      if (Float.isNaN(x)) {
        return (short) (bits >>> 16 | 0x40); // quiet, and never rounded to an infinity
      }
      return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
  }
}
