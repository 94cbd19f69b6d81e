package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RSI;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * Σ (x - mean)² in four chains of eight lanes, then single vectors in the first, then single
 * numbers; or Σ x in one chain. Bound by the cache.
 */
final class SquaresKernel {
  static final int X = 0;
  static final int MEAN = 8;

  /** Runs of four vectors, vectors, numbers. */
  static final int RUNS = 16;

  static final int VECTORS = 24;
  static final int TAIL = 32;
  static final int SUM = 40;

  private static final Vec MEANS = Vec.ymm(8);

  private final Assembler a = new Assembler();
  private final boolean squares;

  SquaresKernel(boolean squares) {
    this.squares = squares;
  }

  byte[] assemble() {
    a.mov(RSI, Mem.at(RDI, X));
    a.vbroadcastss(MEANS, Mem.at(RDI, MEAN));
    for (int i = 0; i < 4; i++) {
      a.vpxord(Vec.ymm(i), Vec.ymm(i), Vec.ymm(i));
    }
    each(RUNS, 4);
    each(VECTORS, 1);
    if (squares) {
      a.vaddps(Vec.ymm(0), Vec.ymm(0), Vec.ymm(1));
      a.vaddps(Vec.ymm(2), Vec.ymm(2), Vec.ymm(3));
      a.vaddps(Vec.ymm(0), Vec.ymm(0), Vec.ymm(2));
    }
    Vec sum = Vec.ymm(0);
    Sums.byHalves(
        a, new Vec[] {sum, sum, sum, sum}, new Vec[] {Vec.ymm(1), Vec.ymm(2), Vec.ymm(3)});
    tail();
    a.vmovd(Mem.at(RDI, SUM), Vec.xmm(0));
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void each(int count, int vectors) {
    Label done = new Label();
    a.mov(R9, Mem.at(RDI, count));
    a.test(R9, R9);
    a.j(Condition.ZERO, done);
    Label again = a.here();
    for (int i = 0; i < vectors; i++) {
      if (squares) {
        Vec v = Vec.ymm(4 + i);
        a.vmovups(v, Mem.at(RSI, 32 * i));
        a.vsubps(v, v, MEANS);
        a.vfmadd231ps(Vec.ymm(i), v, v);
      } else {
        a.vaddps(Vec.ymm(0), Vec.ymm(0), Mem.at(RSI, 32 * i));
      }
    }
    a.add(RSI, 32 * vectors);
    a.sub(R9, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }

  private void tail() {
    Label done = new Label();
    a.mov(R9, Mem.at(RDI, TAIL));
    a.test(R9, R9);
    a.j(Condition.ZERO, done);
    Label again = a.here();
    Vec v = Vec.xmm(1);
    a.vmovd(v, Mem.at(RSI, 0));
    if (squares) {
      a.vsubps(v, v, MEANS.as(128));
      a.vfmadd231ps(Vec.xmm(0), v, v);
    } else {
      a.vaddps(Vec.xmm(0), Vec.xmm(0), v);
    }
    a.add(RSI, 4);
    a.sub(R9, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }
}
