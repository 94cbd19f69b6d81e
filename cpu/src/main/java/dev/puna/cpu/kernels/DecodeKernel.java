package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * Stretches of rows of stored numbers, widened to single precision; bound by the memory. The same
 * many bytes that follow each row's stretch are fetched: they come next.
 */
final class DecodeKernel {
  static final int FROM = 0;
  static final int FROM_STRIDE = 8;
  static final int TO = 16;
  static final int TO_STRIDE = 24;
  static final int ROWS = 32;

  /** Whole vectors of columns, then columns. */
  static final int VECTORS = 40;

  static final int TAIL = 48;

  /** From a number to the one to be fetched. */
  static final int AHEAD = 56;

  private static final int BUFFER = 64;

  private final Assembler a = new Assembler();
  private final Isa isa;
  private final Floats type;

  DecodeKernel(Isa isa, Floats type) {
    this.isa = isa;
    this.type = type;
  }

  byte[] assemble() {
    a.mov(R8, Mem.at(RDI, AHEAD));
    Label row = a.here();
    a.mov(RSI, Mem.at(RDI, FROM));
    a.mov(RCX, Mem.at(RDI, TO));
    Vec v = isa.v(0);
    each(
        VECTORS,
        isa.lanes(),
        () -> {
          a.prefetcht0(Mem.at(RSI, R8, 1, 0));
          type.load(a, v, Mem.at(RSI, 0));
          a.vmovups(Mem.at(RCX, 0), v);
        });
    Vec one = Vec.xmm(0);
    each(
        TAIL,
        1,
        () -> {
          type.copy(a, Mem.at(RDI, BUFFER), Mem.at(RSI, 0), RAX);
          type.load(a, one, Mem.at(RDI, BUFFER));
          a.vmovd(Mem.at(RCX, 0), one);
        });
    advance(FROM, FROM_STRIDE);
    advance(TO, TO_STRIDE);
    a.sub(Mem.at(RDI, ROWS), 1);
    a.j(Condition.NOT_ZERO, row);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void each(int count, int numbers, Runnable body) {
    Label done = new Label();
    Gpr left = R9;
    a.mov(left, Mem.at(RDI, count));
    a.test(left, left);
    a.j(Condition.ZERO, done);
    Label again = a.here();
    body.run();
    a.add(RSI, numbers * type.bytes);
    a.add(RCX, numbers * 4);
    a.sub(left, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }

  private void advance(int pointer, int stride) {
    a.mov(RDX, Mem.at(RDI, pointer));
    a.add(RDX, Mem.at(RDI, stride));
    a.mov(Mem.at(RDI, pointer), RDX);
  }
}
