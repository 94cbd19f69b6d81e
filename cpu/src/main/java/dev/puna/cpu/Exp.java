package dev.puna.cpu;

import dev.puna.program.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * e^x and the activations made of it, for vectors and, bit for bit the same, for single numbers: it
 * must not matter which of the two an element falls to.
 *
 * <p>x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by its Taylor polynomial of degree 7 (remainder below
 * 6e-9); 2^n by its bits. The relative error is below 2e-7. Arguments are clamped to [-87, 88],
 * where results are normal numbers.
 */
final class Exp {
  private Exp() {}

  private static final float LOWEST = -87;
  private static final float HIGHEST = 88;
  private static final float LOG2_E = 1.44269504f;

  /** Adding it rounds to a whole number, which the low bits then hold. */
  private static final float ROUND = 0x1.8p23f;

  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  /** ln 2 in two parts; n times the first is exact. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;
  private static final float C7 = 1 / 5040f;
  private static final float C6 = 1 / 720f;
  private static final float C5 = 1 / 120f;
  private static final float C4 = 1 / 24f;
  private static final float C3 = 1 / 6f;

  private static final float CUBIC = 0.044715f;
  private static final float TWO_ROOT = (float) (2 * Math.sqrt(2 / Math.PI));

  static FloatVector exp(FloatVector x) {
    FloatVector y = x.max(LOWEST).min(HIGHEST);
    FloatVector shifted = y.mul(LOG2_E).add(ROUND);
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(Lanes.all(-LN2_LOW), n.fma(Lanes.all(-LN2_HIGH), y));
    FloatVector p = r.fma(Lanes.all(C7), Lanes.all(C6));
    p = p.fma(r, Lanes.all(C5)).fma(r, Lanes.all(C4)).fma(r, Lanes.all(C3));
    p = p.fma(r, Lanes.all(0.5f)).fma(r, Lanes.all(1)).fma(r, Lanes.all(1));
    return shifted
        .reinterpretAsInts()
        .sub(ROUND_BITS)
        .lanewise(VectorOperators.LSHL, 23)
        .add(p.reinterpretAsInts())
        .reinterpretAsFloats();
  }

  static float exp(float x) {
    float y = Math.min(Math.max(x, LOWEST), HIGHEST);
    float shifted = y * LOG2_E + ROUND;
    float n = shifted - ROUND;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
    float p = Math.fma(r, C7, C6);
    p = Math.fma(Math.fma(Math.fma(p, r, C5), r, C4), r, C3);
    p = Math.fma(Math.fma(Math.fma(p, r, 0.5f), r, 1), r, 1);
    int n23 = Float.floatToRawIntBits(shifted) - ROUND_BITS << 23;
    return Float.intBitsToFloat(n23 + Float.floatToRawIntBits(p));
  }

  /** x·sigmoid(x) */
  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(1));
  }

  static float silu(float x) {
    return x / (exp(-x) + 1);
  }

  /** x/2·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715 x³) */
  static FloatVector geluTanh(FloatVector x) {
    FloatVector cubic = x.mul(x).mul(CUBIC).add(1).mul(x);
    return x.div(exp(cubic.mul(-TWO_ROOT)).add(1));
  }

  static float geluTanh(float x) {
    float cubic = (x * x * CUBIC + 1) * x;
    return x / (exp(cubic * -TWO_ROOT) + 1);
  }

  /** One number through an activation; what vectors have no kernel for goes in double precision. */
  static float apply(Activation activation, float x) {
    return switch (activation) {
      case SILU -> silu(x);
      case GELU_TANH -> geluTanh(x);
      case RELU -> Math.max(0, x);
      case GELU -> (float) activation.apply(x);
    };
  }
}
