package dev.puna.cpu;

import dev.puna.program.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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

  // The constants as vectors: to broadcast each would double the size of compiled methods.
  private static final FloatVector V_LOG2_E = Lanes.all(LOG2_E);
  private static final FloatVector V_ROUND = Lanes.all(ROUND);
  private static final FloatVector V_LN2_HIGH = Lanes.all(-LN2_HIGH);
  private static final FloatVector V_LN2_LOW = Lanes.all(-LN2_LOW);
  private static final FloatVector V7 = Lanes.all(C7);
  private static final FloatVector V6 = Lanes.all(C6);
  private static final FloatVector V5 = Lanes.all(C5);
  private static final FloatVector V4 = Lanes.all(C4);
  private static final FloatVector V3 = Lanes.all(C3);
  private static final FloatVector V2 = Lanes.all(0.5f);
  private static final FloatVector V1 = Lanes.all(1);
  private static final FloatVector V_LOWEST = Lanes.all(LOWEST);
  private static final FloatVector V_HIGHEST = Lanes.all(HIGHEST);

  /** The logistic approximation of GELU. */
  private static final float LOGISTIC = 1.702f;

  private static final FloatVector V_CUBIC = Lanes.all(CUBIC);
  private static final FloatVector V_ROOT = Lanes.all(-TWO_ROOT);
  private static final FloatVector V_LOGISTIC = Lanes.all(-LOGISTIC);
  private static final FloatVector V_TWO = Lanes.all(2);

  static FloatVector exp(FloatVector x) {
    FloatVector y = x.max(V_LOWEST).min(V_HIGHEST);
    FloatVector shifted = y.mul(V_LOG2_E).add(V_ROUND);
    FloatVector n = shifted.sub(V_ROUND);
    FloatVector r = n.fma(V_LN2_LOW, n.fma(V_LN2_HIGH, y));
    FloatVector p = r.fma(V7, V6).fma(r, V5).fma(r, V4).fma(r, V3);
    p = p.fma(r, V2).fma(r, V1).fma(r, V1);
    // The rounding constant's own bits leave on the left.
    IntVector n23 = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    return n23.add(p.reinterpretAsInts()).reinterpretAsFloats();
  }

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
  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(V1));
  }

  static float silu(float x) {
    return x / (exp(-x) + 1);
  }

  /** x/2·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715 x³) */
  static FloatVector geluTanh(FloatVector x) {
    FloatVector cubic = x.mul(x).mul(V_CUBIC).add(V1).mul(x);
    return x.div(exp(cubic.mul(V_ROOT)).add(V1));
  }

  static float geluTanh(float x) {
    float cubic = (x * x * CUBIC + 1) * x;
    return x / (exp(cubic * -TWO_ROOT) + 1);
  }

  /** x·sigmoid(1.702 x) */
  static FloatVector geluSigmoid(FloatVector x) {
    return x.div(exp(x.mul(V_LOGISTIC)).add(V1));
  }

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
  static FloatVector tanh(FloatVector x) {
    FloatVector y = x.add(x).max(V_LOWEST).min(V_HIGHEST);
    FloatVector shifted = y.mul(V_LOG2_E).add(V_ROUND);
    FloatVector n = shifted.sub(V_ROUND);
    FloatVector r = n.fma(V_LN2_LOW, n.fma(V_LN2_HIGH, y));
    FloatVector q = r.fma(V7, V6).fma(r, V5).fma(r, V4).fma(r, V3).fma(r, V2).fma(r, V1).mul(r);
    IntVector n23 = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector power = n23.add(V1.reinterpretAsInts()).reinterpretAsFloats();
    FloatVector m = power.fma(q, power.sub(V1));
    return m.div(m.add(V_TWO));
  }

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
