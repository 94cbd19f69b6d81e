package dev.puna.cpu;

import static dev.puna.cpu.Exp.C3;
import static dev.puna.cpu.Exp.C4;
import static dev.puna.cpu.Exp.C5;
import static dev.puna.cpu.Exp.C6;
import static dev.puna.cpu.Exp.C7;
import static dev.puna.cpu.Exp.CUBIC;
import static dev.puna.cpu.Exp.HIGHEST;
import static dev.puna.cpu.Exp.LN2_HIGH;
import static dev.puna.cpu.Exp.LN2_LOW;
import static dev.puna.cpu.Exp.LOG2_E;
import static dev.puna.cpu.Exp.LOGISTIC;
import static dev.puna.cpu.Exp.LOWEST;
import static dev.puna.cpu.Exp.ROUND;
import static dev.puna.cpu.Exp.TWO_ROOT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Exp} for vectors. */
final class VectorExp {
  private VectorExp() {}

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

  /** x·sigmoid(x) */
  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(V1));
  }

  /** x/2·(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715 x³) */
  static FloatVector geluTanh(FloatVector x) {
    FloatVector cubic = x.mul(x).mul(V_CUBIC).add(V1).mul(x);
    return x.div(exp(cubic.mul(V_ROOT)).add(V1));
  }

  /** x·sigmoid(1.702 x) */
  static FloatVector geluSigmoid(FloatVector x) {
    return x.div(exp(x.mul(V_LOGISTIC)).add(V1));
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
}
