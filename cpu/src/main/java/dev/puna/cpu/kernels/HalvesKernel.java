package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RSI;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/** Single precision to half, rounded to nearest even, eight at a time. Bound by memory. */
final class HalvesKernel {
  static final int X = 0;
  static final int OUT = 8;
  static final int VECTORS = 16;

  byte[] assemble() {
    Assembler a = new Assembler();
    a.mov(RSI, Mem.at(RDI, X));
    a.mov(RCX, Mem.at(RDI, OUT));
    a.mov(R9, Mem.at(RDI, VECTORS));
    Label again = a.here();
    a.vmovups(Vec.ymm(0), Mem.at(RSI, 0));
    a.vcvtps2ph(Mem.at(RCX, 0), Vec.ymm(0));
    a.add(RSI, 32);
    a.add(RCX, 16);
    a.sub(R9, 1);
    a.j(Condition.NOT_ZERO, again);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }
}
