package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R10;
import static dev.puna.cpu.asm.Gpr.R11;
import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;
import static dev.puna.cpu.asm.Vec.xmm;
import static dev.puna.cpu.asm.Vec.ymm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/** The online softmax of attention, over a stretch of 64 positions, and the division at its end. */
final class AttentionKernels {
  private AttentionKernels() {}

  /** Positions of a stretch. */
  static final int STRETCH = 64;

  /** Arguments of {@link #softmax}. */
  static final int SCORES = 0;

  static final int STATE = 8;

  /** How many queries. */
  static final int COUNT = 16;

  static final int OUT = 24;
  static final int RANGES = 32;
  static final int SCALE = 40;

  /** Bytes that a query has in the state: its maximum and its sum. */
  static final int STATE_BYTES = 8;

  private static final int OUTSIDE = Float.floatToRawIntBits(Float.NEGATIVE_INFINITY);

  // registers of the softmax
  private static final Vec MAX = ymm(0);
  private static final Vec SUM = ymm(1);
  private static final Vec X = ymm(2);
  private static final Vec N = ymm(3);
  private static final Vec P = ymm(4);
  private static final Vec MASK = ymm(5);
  private static final Vec LOW = ymm(6);
  private static final Vec HIGH = ymm(7);
  private static final Vec FACTOR = ymm(8);
  private static final Vec NONE = ymm(9);
  private static final Vec LANES = ymm(10);
  private static final Vec OLD = ymm(11);
  private static final Vec LEAST = ymm(12);

  /**
   * Of each query: scores s ← scale · s, without those outside [from, to); M ← max(m, s); s ← e^(s
   * - M), or 0 outside; sum and out ← sum and out · e^(m - M), and what s adds up to on top of the
   * sum (Milakov and Gimelshein 2018). Bound by the exponentials, 20 instructions for 8.
   *
   * @param columns of out, a multiple of 8
   * @param constants address of {@link #constants}
   */
  static byte[] softmax(int columns, long constants) {
    Assembler a = new Assembler();
    a.mov(R10, constants);
    Arguments.constant(a, NONE, OUTSIDE);
    a.vmovups(LANES, Mem.at(R10, 0));
    a.vmovups(LEAST, at(LOWEST));
    a.vbroadcastss(FACTOR, Mem.at(RDI, SCALE));
    a.mov(RSI, Mem.at(RDI, SCORES));
    a.mov(RDX, Mem.at(RDI, STATE));
    a.mov(R8, Mem.at(RDI, OUT));
    a.mov(R9, Mem.at(RDI, RANGES));
    a.mov(RCX, Mem.at(RDI, COUNT));
    Label query = a.here();
    Label empty = new Label();
    Label next = new Label();
    a.vpbroadcastd(LOW, Mem.at(R9, 0));
    a.vpbroadcastd(HIGH, Mem.at(R9, 4));
    a.movsxd(RAX, Mem.at(R9, 0));
    a.movsxd(R11, Mem.at(R9, 4));
    a.cmp(RAX, R11);
    a.j(Condition.NOT_LESS, empty);
    Label part = new Label();
    a.cmp(RAX, 0);
    a.j(Condition.GREATER, part);
    a.cmp(R11, STRETCH);
    a.j(Condition.LESS, part);
    stretch(a, columns, false);
    a.jmp(next);
    a.bind(part);
    stretch(a, columns, true);
    a.jmp(next);
    a.bind(empty);
    a.vpxord(X, X, X);
    for (int i = 0; i < STRETCH; i += 8) {
      a.vmovups(Mem.at(RSI, 4 * i), X);
    }
    a.bind(next);
    a.add(RSI, 4 * STRETCH);
    a.add(RDX, STATE_BYTES);
    a.add(R8, 4 * columns);
    a.add(R9, 8);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, query);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /** A query's scores of a stretch, all of it or those within a range. */
  private static void stretch(Assembler a, int columns, boolean masked) {
    a.movsxd(RAX, Mem.at(RDX, 0));
    largest(a, masked);
    Label same = new Label();
    a.movsxd(R11, Mem.at(RDX, 0));
    a.cmp(RAX, R11);
    a.j(Condition.ZERO, same);
    rescale(a, columns);
    a.bind(same);
    weights(a, masked);
  }

  /** Whether lanes i to i + 7 are within the range. */
  private static void mask(Assembler a, int i) {
    a.vpaddd(N, LANES, Mem.at(R10, 32 * (1 + i / 8)));
    a.vpcmpgtd(MASK, HIGH, N);
    a.vpcmpgtd(N, LOW, N);
    a.vpandnd(MASK, N, MASK);
  }

  /** Scaled and masked scores; M in all lanes of MAX, m in those of OLD. */
  private static void largest(Assembler a, boolean masked) {
    a.vmovaps(MAX, NONE);
    for (int i = 0; i < STRETCH; i += 8) {
      a.vmulps(X, FACTOR, Mem.at(RSI, 4 * i));
      if (masked) {
        mask(a, i);
        a.vpandd(X, X, MASK);
        a.vpandnd(MASK, MASK, NONE);
        a.vpord(X, X, MASK);
      }
      a.vmovups(Mem.at(RSI, 4 * i), X);
      a.vmaxps(MAX, MAX, X);
    }
    horizontal(a, MAX, true);
    a.vbroadcastss(OLD, Mem.at(RDX, 0));
    a.vmaxps(MAX, MAX, OLD);
    a.vmovd(Mem.at(RDX, 0), MAX.as(128));
  }

  /** Combines the lanes, by halves, and leaves the result in all of them. */
  private static void horizontal(Assembler a, Vec v, boolean max) {
    a.vperm2f128(N, v, v, 0x01);
    combine(a, v, max);
    a.vshufps(N, v, v, 0x4E);
    combine(a, v, max);
    a.vshufps(N, v, v, 0xB1);
    combine(a, v, max);
  }

  private static void combine(Assembler a, Vec v, boolean max) {
    if (max) {
      a.vmaxps(v, v, N);
    } else {
      a.vaddps(v, v, N);
    }
  }

  /** Scales what was summed up to now, if the maximum has risen. */
  private static void rescale(Assembler a, int columns) {
    a.vsubps(X, OLD, MAX);
    exp(a);
    a.vbroadcastss(SUM, Mem.at(RDX, 4));
    a.vmulps(SUM, SUM, P);
    a.vmovd(Mem.at(RDX, 4), SUM.as(128));
    for (int c = 0; c < columns; c += 8) {
      a.vmulps(X, P, Mem.at(R8, 4 * c));
      a.vmovups(Mem.at(R8, 4 * c), X);
    }
  }

  private static void weights(Assembler a, boolean masked) {
    a.vpxord(SUM, SUM, SUM);
    for (int i = 0; i < STRETCH; i += 8) {
      a.vmovups(X, Mem.at(RSI, 4 * i));
      a.vsubps(X, X, MAX);
      exp(a);
      if (masked) {
        mask(a, i);
        a.vpandd(P, P, MASK);
      }
      a.vmovups(Mem.at(RSI, 4 * i), P);
      a.vaddps(SUM, SUM, P);
    }
    horizontal(a, SUM, false);
    a.vmovd(X.as(128), Mem.at(RDX, 4));
    a.vaddps(X.as(128), X.as(128), SUM.as(128));
    a.vmovd(Mem.at(RDX, 4), X.as(128));
  }

  /**
   * P ← e^X for X ≤ 0; the same polynomial as elsewhere. X = n·ln 2 + r, |r| ≤ ln 2 / 2; e^r by
   * Taylor's polynomial of degree 7; 2^n by its bits, 0 at X = 0 exactly.
   */
  private static void exp(Assembler a) {
    a.vmaxps(X, LEAST, X); // in this order NaN stays
    a.vmovups(N, at(ROUND));
    a.vmovaps(P, X);
    a.vfmadd132ps(P, N, at(LOG2_E)); // rounded to a whole number in its low bits
    a.vsubps(N, P, at(ROUND));
    a.vpslld(P, P, 23);
    a.vfmadd231ps(X, N, at(LN2_HIGH));
    a.vfmadd231ps(X, N, at(LN2_LOW));
    a.vmovups(N, at(POLYNOMIAL));
    for (int i = 1; i < 8; i++) {
      a.vfmadd213ps(N, X, at(POLYNOMIAL + i));
    }
    a.vpaddd(P, P, N);
  }

  private static final int LOWEST = 9;
  private static final int LOG2_E = 10;
  private static final int ROUND = 11;
  private static final int LN2_HIGH = 12;
  private static final int LN2_LOW = 13;
  private static final int POLYNOMIAL = 14;

  private static Mem at(int constant) {
    return Mem.at(R10, 32 * constant);
  }

  /** What the softmax reads: 8 equal numbers each, but for the first, which are the lanes'. */
  static int[] constants() {
    int[] all = new int[8 * 22];
    for (int lane = 0; lane < 8; lane++) {
      all[lane] = lane;
      for (int i = 0; i < 8; i++) {
        all[8 * (1 + i) + lane] = 8 * i;
      }
      float[] numbers = {
        -87,
        1.44269504f,
        0x1.8p23f,
        -0.693359375f,
        2.12194440e-4f,
        1 / 5040f,
        1 / 720f,
        1 / 120f,
        1 / 24f,
        1 / 6f,
        0.5f,
        1,
        1
      };
      for (int i = 0; i < numbers.length; i++) {
        all[8 * (LOWEST + i) + lane] = Float.floatToRawIntBits(numbers[i]);
      }
    }
    return all;
  }

  /** Arguments of {@link #divide}, with {@link #STATE} and {@link #COUNT}. */
  static final int FROM = 0;

  static final int RESULT = 24;

  /** result = from / sum, row by row; a sum of 0 leaves zeros. */
  static byte[] divide(int columns) {
    Assembler a = new Assembler();
    Arguments.constant(a, ymm(2), Float.floatToRawIntBits(1));
    a.vpxord(ymm(3), ymm(3), ymm(3));
    Arguments.constant(a, ymm(4), Float.floatToRawIntBits(Float.MIN_NORMAL));
    a.mov(RSI, Mem.at(RDI, FROM));
    a.mov(RDX, Mem.at(RDI, STATE));
    a.mov(R8, Mem.at(RDI, RESULT));
    a.mov(RCX, Mem.at(RDI, COUNT));
    Label row = a.here();
    a.vmovd(xmm(0), Mem.at(RDX, 4));
    a.vpbroadcastd(ymm(0), xmm(0));
    // a sum of at least 1 position is 1 or more, so that this changes only 0; NaN stays NaN
    a.vmaxps(ymm(0), ymm(4), ymm(0));
    a.vdivps(ymm(0), ymm(2), ymm(0));
    for (int c = 0; c < columns; c += 8) {
      a.vmulps(ymm(1), ymm(0), Mem.at(RSI, 4 * c));
      a.vmovups(Mem.at(R8, 4 * c), ymm(1));
    }
    a.add(RSI, 4 * columns);
    a.add(R8, 4 * columns);
    a.add(RDX, STATE_BYTES);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, row);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }
}
