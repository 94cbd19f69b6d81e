package dev.puna.tensor;

/**
 * From numbers to small integers, as ggml's quantizers do it on x86-64; outside the range of
 * integers too, where a block of subnormal or huge numbers has a scale that is none.
 */
final class Rounding {
  private Rounding() {}

  /** 1.5·2²³: a sum with it has its last bit at the units' place. */
  private static final float UNITS = 0x1.8p23f;

  /** To the nearest integer, ties to even; right for |x| < 2²². */
  static int nearest(float x) {
    return (Float.floatToRawIntBits(x + UNITS) & 0x7fffff) - 0x400000;
  }

  /** The nearest integer from {@code low} to {@code high}. */
  static int nearest(float x, int low, int high) {
    return Math.max(low, Math.min(high, nearest(x)));
  }

  /**
   * To the nearest integer, ties away from zero, where {@link Math#round} sends them up; 0 for what
   * no integer holds, the low byte of the processor's answer.
   */
  static int halfAway(float x) {
    float magnitude = Math.abs(x);
    if (!(magnitude < 0x1p31f)) {
      return 0;
    }
    int whole = (int) magnitude;
    int rounded = magnitude - whole >= 0.5f ? whole + 1 : whole;
    return x < 0 ? -rounded : rounded;
  }

  /** 1 / d, or 0. */
  static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }

  /**
   * Zero for all where the inverse of a subnormal scale is infinite: what was rounded with it, the
   * processor says, has a low byte of 0.
   */
  static void unlessFinite(float inverse, int[] q) {
    if (Float.isInfinite(inverse)) {
      java.util.Arrays.fill(q, 0);
    }
  }
}
