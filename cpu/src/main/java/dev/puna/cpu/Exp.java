package dev.puna.cpu;

import dev.puna.program.Activation;

/**
 * e^x and the activations made of it, for single numbers; {@link VectorExp} is bit for bit the same
 * for vectors: it must not matter which of the two an element falls to.
 *
 * <p>x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor polynomial of degree 7 (remainder below
 * 6e-9); 2^n by its bits. The relative error is below 2e-7. Arguments are clamped to [-87, 88],
 * where results are normal numbers.
 */
final class Exp {
  private Exp() {}

  static final float LOWEST = -87;
  static final float HIGHEST = 88;
  static final float LOG2_E = 1.44269504f;

  /** Adding it rounds to a whole number, which the low bits then hold. */
  static final float ROUND = 0x1.8p23f;

  /** ln 2 in two parts; n times the first is exact. */
  static final float LN2_HIGH = 0.693359375f;

  static final float LN2_LOW = -2.12194440e-4f;
  static final float C7 = 1 / 5040f;
  static final float C6 = 1 / 720f;
  static final float C5 = 1 / 120f;
  static final float C4 = 1 / 24f;
  static final float C3 = 1 / 6f;

  static final float CUBIC = 0.044715f;
  static final float TWO_ROOT = (float) (2 * Math.sqrt(2 / Math.PI));

  /** The logistic approximation of GELU. */
  static final float LOGISTIC = 1.702f;

  static float exp(float x) {
    float y = Math.min(Math.max(x, LOWEST), HIGHEST);
    float shifted = y * LOG2_E + ROUND;
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
    float p = Math.fma(r, C7, C6);
    p = Math.fma(Math.fma(Math.fma(p, r, C5), r, C4), r, C3);
    p = Math.fma(Math.fma(Math.fma(p, r, 0.5f), r, 1), r, 1);
    int n23 = Float.floatToRawIntBits(shifted) << 23;
    return Float.intBitsToFloat(n23 + Float.floatToRawIntBits(p));
  }

  /** x·sigmoid(x) */
  static float silu(float x) {
    return x / (exp(-x) + 1);
  }

  /** x/2·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715 x³) */
  static float geluTanh(float x) {
    float cubic = (x * x * CUBIC + 1) * x;
    return x / (exp(cubic * -TWO_ROOT) + 1);
  }

  /** x·sigmoid(1.702 x) */
  static float geluSigmoid(float x) {
    return x / (exp(x * -LOGISTIC) + 1);
  }

  /** 1 / (1 + e^-x) */
  static float sigmoid(float x) {
    return 1 / (exp(-x) + 1);
  }

  /**
   * m / (m + 2), m = e^2x - 1. With 2x = n·ln 2 + r and q = e^r - 1, m = 2^n q + (2^n - 1): nothing
   * is lost where n = 0 and m is small.
   */
  static float tanh(float x) {
    float y = Math.min(Math.max(x + x, LOWEST), HIGHEST);
    float shifted = y * LOG2_E + ROUND;
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
    float p = Math.fma(r, C7, C6);
    p = Math.fma(Math.fma(Math.fma(p, r, C5), r, C4), r, C3);
    float q = Math.fma(Math.fma(p, r, 0.5f), r, 1) * r;
    int n23 = Float.floatToRawIntBits(shifted) << 23;
    float power = Float.intBitsToFloat(n23 + Float.floatToRawIntBits(1));
    float m = Math.fma(power, q, power - 1);
    return m / (m + 2);
  }

  /** One number through an activation; what vectors have no kernel for goes in double precision. */
  static float apply(Activation activation, float x) {
    return switch (activation) {
      case SILU -> silu(x);
      case GELU_TANH -> geluTanh(x);
      case GELU_SIGMOID -> geluSigmoid(x);
      case TANH -> tanh(x);
      case RELU -> Math.max(0, x);
      case RELU_SQUARED -> Math.max(0, x) * Math.max(0, x);
      case GELU -> (float) activation.apply(x);
    };
  }
}
