package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Floating-point numbers of 8 bits: Micikevicius et al., "FP8 Formats for Deep Learning" (2022).
 * E4M3 has no infinities and one NaN of each sign (PyTorch's {@code float8_e4m3fn}), E5M2 is the
 * upper half of half precision. Rounded to nearest, ties to even; what is too large becomes NaN in
 * E4M3 and infinite in E5M2, as in PyTorch.
 *
 * @param mantissa bits of the mantissa
 * @param bias the exponent's
 * @param beyond the code of a number that is too large
 */
record Float8(int mantissa, int bias, int beyond) implements BlockFormat {
  static final Float8 E4M3 = new Float8(3, 7, 0x7f);
  static final Float8 E5M2 = new Float8(2, 15, 0x7c);
  private static final int NAN = 0x7f;

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    for (int i = 0; i < count; i++) {
      target[to + i] = decode(source.get(JAVA_BYTE, from + i));
    }
  }

  private float decode(byte code) {
    int magnitude = code & NAN;
    float sign = code < 0 ? -1 : 1;
    if (magnitude >= beyond) {
      return magnitude == 0x7c ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    int exponent = magnitude >> mantissa;
    int fraction = magnitude & (1 << mantissa) - 1;
    // subnormal numbers have the exponent 1 and no leading one
    int significand = exponent == 0 ? fraction : fraction | 1 << mantissa;
    return sign * Math.scalb((float) significand, Math.max(1, exponent) - bias - mantissa);
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
      target.set(JAVA_BYTE, to + i, encode(source[from + i]));
    }
  }

  private byte encode(float x) {
    int bits = Float.floatToRawIntBits(x);
    int sign = bits >>> 24 & 0x80;
    float magnitude = Math.abs(x);
    if (Float.isNaN(x)) {
      return (byte) (sign | NAN);
    }
    int code;
    if (magnitude < Math.scalb(1f, 1 - bias)) {
      code = (int) Math.rint(Math.scalb((double) magnitude, bias + mantissa - 1));
    } else {
      int dropped = 23 - mantissa;
      int rounding = (1 << dropped - 1) - 1 + (bits >>> dropped & 1);
      code = ((bits & Integer.MAX_VALUE) + rounding >>> dropped) - (127 - bias << mantissa);
    }
    return (byte) (sign | Math.min(code, beyond));
  }
}
