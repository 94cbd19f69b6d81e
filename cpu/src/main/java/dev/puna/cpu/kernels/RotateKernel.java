package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R10;
import static dev.puna.cpu.asm.Gpr.R11;
import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RBX;
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
 * Turns pairs of columns of a row's heads by the row's cosines and sines: (a, b) to (a·cos - b·sin,
 * b·cos + a·sin). Bound by the cache. Halves go eight pairs at a time, adjacent pairs four.
 */
final class RotateKernel {
  static final int X = 0;
  static final int OUT = 8;
  static final int COSINES = 16;
  static final int SINES = 24;

  /** Eight or four pairs each. */
  static final int VECTORS = 32;

  static final int HEADS = 40;

  /** Bytes between heads. */
  static final int HEAD = 48;

  /** Bytes of half the rotated columns. */
  static final int HALF = 56;

  private static final Gpr FROM = RSI;
  private static final Gpr TO = RCX;
  private static final Gpr COS = R8;
  private static final Gpr SIN = R9;
  private static final Gpr LEFT = R10;
  private static final Gpr FROM_HALF = R11;
  private static final Gpr TO_HALF = RDX;

  private final Assembler a = new Assembler();
  private final boolean adjacent;

  RotateKernel(boolean adjacent) {
    this.adjacent = adjacent;
  }

  byte[] assemble() {
    a.push(RBX);
    Constants.load(a, RBX);
    Label head = a.here();
    a.mov(FROM, Mem.at(RDI, X));
    a.mov(TO, Mem.at(RDI, OUT));
    a.mov(COS, Mem.at(RDI, COSINES));
    a.mov(SIN, Mem.at(RDI, SINES));
    a.mov(LEFT, Mem.at(RDI, VECTORS));
    a.mov(RAX, Mem.at(RDI, HALF));
    a.lea(FROM_HALF, Mem.at(FROM, RAX, 1, 0));
    a.lea(TO_HALF, Mem.at(TO, RAX, 1, 0));
    Label again = a.here();
    if (adjacent) {
      adjacent();
    } else {
      halves();
    }
    a.sub(LEFT, 1);
    a.j(Condition.NOT_ZERO, again);
    for (int pointer : new int[] {X, OUT}) {
      a.mov(RAX, Mem.at(RDI, pointer));
      a.add(RAX, Mem.at(RDI, HEAD));
      a.mov(Mem.at(RDI, pointer), RAX);
    }
    a.sub(Mem.at(RDI, HEADS), 1);
    a.j(Condition.NOT_ZERO, head);
    a.pop(RBX);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void halves() {
    Vec va = Vec.ymm(0);
    Vec vb = Vec.ymm(1);
    Vec t = Vec.ymm(2);
    Vec u = Vec.ymm(3);
    a.vmovups(va, Mem.at(FROM, 0));
    a.vmovups(vb, Mem.at(FROM_HALF, 0));
    a.vmulps(t, vb, Mem.at(SIN, 0));
    a.vmulps(u, va, Mem.at(SIN, 0));
    a.vmulps(va, va, Mem.at(COS, 0));
    a.vmulps(vb, vb, Mem.at(COS, 0));
    a.vsubps(va, va, t);
    a.vaddps(vb, vb, u);
    a.vmovups(Mem.at(TO, 0), va);
    a.vmovups(Mem.at(TO_HALF, 0), vb);
    for (Gpr r : new Gpr[] {FROM, FROM_HALF, TO, TO_HALF, COS, SIN}) {
      a.add(r, 32);
    }
  }

  /** Each pair's cosine and sine stand twice; a sine's product is subtracted in even lanes. */
  private void adjacent() {
    Vec cos = Vec.xmm(0);
    Vec sin = Vec.xmm(1);
    a.vmovups(cos, Mem.at(COS, 0));
    a.vmovups(sin, Mem.at(SIN, 0));
    for (int half = 0; half < 2; half++) {
      Vec c = Vec.xmm(2);
      Vec s = Vec.xmm(3);
      if (half == 0) {
        a.vunpcklps(c, cos, cos);
        a.vunpcklps(s, sin, sin);
      } else {
        a.vunpckhps(c, cos, cos);
        a.vunpckhps(s, sin, sin);
      }
      Vec x = Vec.xmm(4);
      Vec swapped = Vec.xmm(5);
      a.vmovups(x, Mem.at(FROM, 16 * half));
      a.vshufps(swapped, x, x, 0xB1);
      a.vmulps(swapped, swapped, s);
      a.vpxord(swapped, swapped, Constants.evenSigns(RBX));
      a.vmulps(x, x, c);
      a.vaddps(x, x, swapped);
      a.vmovups(Mem.at(TO, 16 * half), x);
    }
    a.add(FROM, 32);
    a.add(TO, 32);
    a.add(COS, 16);
    a.add(SIN, 16);
  }
}
