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
 * Ends the sums of {@link TileKernel}: out[t][j] = sum of the lanes of sums[t][j] + the columns
 * that fill no vector + bias[j]. Bound by the cache: a vector is read for each output.
 */
final class SumsKernel {
  static final int SUMS = 0;
  static final int OUT = 8;
  static final int OUT_STRIDE = 16;
  static final int ROWS = 24;
  static final int OUTPUTS = 32;
  static final int BIAS = 40;
  static final int TAIL = 48;

  /** Weights and activations of the columns that are left. */
  static final int W = 56;

  static final int X = 64;
  static final int X_STRIDE = 72;
  private static final int BUFFER = 96;

  private static final Gpr SUM = RSI;
  private static final Gpr TO = R8;
  private static final Gpr OUTPUT = R10;
  private static final Gpr LEFT = R11;

  private final Assembler a = new Assembler();
  private final Isa isa;
  private final int wStride;
  private final int sumsStride;

  /**
   * @param wStride bytes between rows of weights
   * @param sumsStride bytes between rows of sums
   */
  SumsKernel(Isa isa, int wStride, int sumsStride) {
    this.isa = isa;
    this.wStride = wStride;
    this.sumsStride = sumsStride;
  }

  byte[] assemble() {
    a.push(RBX);
    Label row = a.here();
    a.mov(SUM, Mem.at(RDI, SUMS));
    a.mov(TO, Mem.at(RDI, OUT));
    a.mov(OUTPUT, 0);
    Label group = a.here();
    Vec[] four = {isa.v(0), isa.v(1), isa.v(2), isa.v(3)};
    for (int r = 0; r < 4; r++) {
      a.vmovups(four[r], Mem.at(SUM, r * isa.bits() / 8));
    }
    Sums.byHalves(a, four, new Vec[] {isa.v(4), isa.v(5), isa.v(6)});
    tail();
    end();
    a.add(SUM, 4 * isa.bits() / 8);
    a.add(OUTPUT, 4);
    a.cmp(OUTPUT, RCX);
    a.j(Condition.LESS, group);
    a.mov(RAX, Mem.at(RDI, X_STRIDE));
    a.add(RAX, Mem.at(RDI, X));
    a.mov(Mem.at(RDI, X), RAX);
    a.mov(RAX, Mem.at(RDI, OUT_STRIDE));
    a.add(RAX, TO);
    a.mov(Mem.at(RDI, OUT), RAX);
    a.add(Mem.at(RDI, SUMS), sumsStride);
    a.sub(Mem.at(RDI, ROWS), 1);
    a.j(Condition.NOT_ZERO, row);
    a.pop(RBX);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void tail() {
    Label done = new Label();
    a.mov(LEFT, Mem.at(RDI, TAIL));
    a.test(LEFT, LEFT);
    a.j(Condition.ZERO, done);
    a.mov(RDX, OUTPUT);
    a.mov(RAX, wStride);
    a.imul(RDX, RAX);
    a.add(RDX, Mem.at(RDI, W));
    a.mov(R9, Mem.at(RDI, X));
    Label again = a.here();
    Mem[] places = new Mem[4];
    for (int r = 0; r < 4; r++) {
      places[r] = Mem.at(RDX, r * wStride);
    }
    Vec w = Vec.xmm(1);
    Vec v = Vec.xmm(2);
    Sums.gather(a, Floats.F32, w, places, Mem.at(RDI, BUFFER), RBX);
    a.vbroadcastss(v, Mem.at(R9, 0));
    a.vfmadd231ps(Vec.xmm(0), w, v);
    a.add(RDX, 4);
    a.add(R9, 4);
    a.sub(LEFT, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }

  /** Adds the bias and stores: four outputs, or one by one if fewer are left. RCX ← OUTPUTS. */
  private void end() {
    Label few = new Label();
    Label stored = new Label();
    Vec sums = Vec.xmm(0);
    a.mov(RCX, Mem.at(RDI, OUTPUTS));
    a.mov(RAX, Mem.at(RDI, BIAS));
    a.lea(RDX, Mem.at(OUTPUT, 4));
    a.cmp(RDX, RCX);
    a.j(Condition.GREATER, few);
    Label without = new Label();
    a.test(RAX, RAX);
    a.j(Condition.ZERO, without);
    a.vaddps(sums, sums, Mem.at(RAX, OUTPUT, 4, 0));
    a.bind(without);
    a.vmovups(Mem.at(TO, OUTPUT, 4, 0), sums);
    a.jmp(stored);

    a.bind(few);
    a.vmovups(Mem.at(RDI, BUFFER), sums);
    a.mov(RDX, OUTPUT);
    a.lea(R9, Mem.at(RDI, BUFFER));
    Label one = a.here();
    a.vmovd(sums, Mem.at(R9, 0));
    Label plain = new Label();
    a.test(RAX, RAX);
    a.j(Condition.ZERO, plain);
    a.vmovd(Vec.xmm(1), Mem.at(RAX, RDX, 4, 0));
    a.vaddps(sums, sums, Vec.xmm(1));
    a.bind(plain);
    a.vmovd(Mem.at(TO, RDX, 4, 0), sums);
    a.add(R9, 4);
    a.add(RDX, 1);
    a.cmp(RDX, RCX);
    a.j(Condition.LESS, one);
    a.bind(stored);
  }
}
