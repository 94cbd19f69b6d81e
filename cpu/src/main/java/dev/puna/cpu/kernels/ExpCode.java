package dev.puna.cpu.kernels;

import static dev.puna.cpu.kernels.Constants.C3;
import static dev.puna.cpu.kernels.Constants.C4;
import static dev.puna.cpu.kernels.Constants.C5;
import static dev.puna.cpu.kernels.Constants.C6;
import static dev.puna.cpu.kernels.Constants.C7;
import static dev.puna.cpu.kernels.Constants.CUBIC;
import static dev.puna.cpu.kernels.Constants.HALF;
import static dev.puna.cpu.kernels.Constants.HIGHEST;
import static dev.puna.cpu.kernels.Constants.LOG2_E;
import static dev.puna.cpu.kernels.Constants.LOWEST;
import static dev.puna.cpu.kernels.Constants.MINUS_LN2_HIGH;
import static dev.puna.cpu.kernels.Constants.MINUS_LN2_LOW;
import static dev.puna.cpu.kernels.Constants.MINUS_LOGISTIC;
import static dev.puna.cpu.kernels.Constants.MINUS_TWO_ROOT;
import static dev.puna.cpu.kernels.Constants.ONE;
import static dev.puna.cpu.kernels.Constants.ROUND;
import static dev.puna.cpu.kernels.Constants.SIGN;
import static dev.puna.cpu.kernels.Constants.TWO;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Vec;

/**
 * e^x and what is made of it, of ymm vectors: the same operations in the same order as {@code
 * dev.puna.cpu.Exp}, where they are explained, and so the same bits.
 */
final class ExpCode {
  private final Assembler a;
  private final Gpr constants;
  private final Vec t;
  private final Vec u;

  /**
   * @param constants holds the address of {@link Constants}
   * @param t a register that is free
   * @param u another
   */
  ExpCode(Assembler a, Gpr constants, Vec t, Vec u) {
    this.a = a;
    this.constants = constants;
    this.t = t;
    this.u = u;
  }

  /** x ← e^x. */
  void exp(Vec x) {
    reduce(x);
    polynomial(x);
    a.vfmadd213ps(u, x, ONE.at(constants));
    a.vfmadd213ps(u, x, ONE.at(constants));
    a.vpslld(t, t, 23);
    a.vpaddd(x, t, u);
  }

  /** x ← r, t ← n, shifted by the number that rounds it. */
  private void reduce(Vec x) {
    // the second operand is what comes out of a comparison with no number
    a.vmovups(t, LOWEST.at(constants));
    a.vmaxps(x, t, x);
    a.vmovups(t, HIGHEST.at(constants));
    a.vminps(x, t, x);
    a.vmulps(t, x, LOG2_E.at(constants));
    a.vaddps(t, t, ROUND.at(constants));
    a.vsubps(u, t, ROUND.at(constants));
    a.vfmadd231ps(x, u, MINUS_LN2_HIGH.at(constants));
    a.vfmadd231ps(x, u, MINUS_LN2_LOW.at(constants));
  }

  /** u ← the polynomial of r from 1/7! to 1/2!. */
  private void polynomial(Vec r) {
    a.vmovups(u, C7.at(constants));
    for (Constants c : new Constants[] {C6, C5, C4, C3, HALF}) {
      a.vfmadd213ps(u, r, c.at(constants));
    }
  }

  /** x ← x / (e^y + 1); y is overwritten. */
  private void logistic(Vec x, Vec y) {
    exp(y);
    a.vaddps(y, y, ONE.at(constants));
    a.vdivps(x, x, y);
  }

  /** x ← x·sigmoid(x). */
  void silu(Vec x, Vec y) {
    a.vpxord(y, x, SIGN.at(constants));
    logistic(x, y);
  }

  void geluTanh(Vec x, Vec y) {
    a.vmulps(y, x, x);
    a.vmulps(y, y, CUBIC.at(constants));
    a.vaddps(y, y, ONE.at(constants));
    a.vmulps(y, y, x);
    a.vmulps(y, y, MINUS_TWO_ROOT.at(constants));
    logistic(x, y);
  }

  void geluSigmoid(Vec x, Vec y) {
    a.vmulps(y, x, MINUS_LOGISTIC.at(constants));
    logistic(x, y);
  }

  void tanh(Vec x) {
    a.vaddps(x, x, x);
    reduce(x);
    polynomial(x);
    a.vfmadd213ps(u, x, ONE.at(constants));
    a.vmulps(u, u, x); // q
    a.vpslld(t, t, 23);
    a.vpaddd(t, t, ONE.at(constants)); // 2^n
    a.vsubps(x, t, ONE.at(constants));
    a.vfmadd231ps(x, t, u); // m
    a.vaddps(t, x, TWO.at(constants));
    a.vdivps(x, x, t);
  }

  /** x ← max(x, 0): the sum makes 0 of -0. */
  void relu(Vec x) {
    a.vpxord(t, t, t);
    a.vmaxps(x, t, x);
    a.vaddps(x, x, t);
  }
}
