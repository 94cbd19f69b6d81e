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
 * out[t][j] = Σ w[j][c]·x[t][c] + bias[j] with weights as they are stored, for one to three rows of
 * activations and four rows of weights at a time, or one: a vector of partial sums for each pair,
 * over ascending columns; see {@link Sums} for the end.
 *
 * <p>Bound by the memory. The next four rows of weights are fetched while these are multiplied: the
 * processor's own prefetching begins anew with every page, which is a row or two.
 */
final class DotKernel {
  static final int W = 0;
  static final int W_STRIDE = 8;
  static final int X = 16;
  static final int X_STRIDE = 24;
  static final int OUT = 32;
  static final int OUT_STRIDE = 40;

  /** Whole runs of {@link #RUN} vectors of columns, then whole vectors, then columns. */
  static final int RUNS = 48;

  static final int VECTORS = 56;
  static final int TAIL = 64;
  static final int OUTPUTS = 72;
  static final int BIAS = 80;
  private static final int BUFFER = 96;
  static final int BYTES = 128;

  static final int RUN = 4;

  // registers: weights (the current, and those of the next rows), activations, bytes between rows
  private static final Gpr WEIGHTS = RAX;
  private static final Gpr STRIDE = RCX;
  private static final Gpr STRIDE_3 = R11;
  private static final Gpr NEXT = RDX;
  private static final Gpr ROW = RSI;
  private static final Gpr ROW_STRIDE = R8;
  private static final Gpr LEFT = R9;
  private static final Gpr OUTPUT = R10;

  private final Assembler a = new Assembler();
  private final Isa isa;
  private final Floats type;
  private final int outputs;
  private final int rows;

  /**
   * @param outputs rows of weights at a time, 4 or 1
   * @param rows rows of activations, at most 3
   */
  DotKernel(Isa isa, Floats type, int outputs, int rows) {
    this.isa = isa;
    this.type = type;
    this.outputs = outputs;
    this.rows = rows;
  }

  private Vec sum(int t, int r) {
    return isa.v(t * outputs + r);
  }

  private Vec free(int i) {
    return isa.v(rows * outputs + i);
  }

  private Mem w(Gpr first, int r, int offset) {
    return switch (r) {
      case 0 -> Mem.at(first, offset);
      case 1 -> Mem.at(first, STRIDE, 1, offset);
      case 2 -> Mem.at(first, STRIDE, 2, offset);
      default -> Mem.at(first, STRIDE_3, 1, offset);
    };
  }

  private Mem x(int t, int offset) {
    return t == 0 ? Mem.at(ROW, offset) : Mem.at(ROW, ROW_STRIDE, t, offset);
  }

  byte[] assemble() {
    a.push(RBX);
    a.mov(OUTPUT, 0);
    Label group = a.here();
    begin();
    Label vectors = new Label();
    a.mov(LEFT, Mem.at(RDI, RUNS));
    loop(vectors, RUN);
    a.bind(vectors);
    Label columns = new Label();
    a.mov(LEFT, Mem.at(RDI, VECTORS));
    loop(columns, 1);
    a.bind(columns);
    for (int t = 0; t < rows; t++) {
      Vec[] four = new Vec[4];
      for (int r = 0; r < 4; r++) {
        four[r] = sum(t, r % outputs);
      }
      Sums.byHalves(a, four, new Vec[] {free(0), free(1), free(2)});
    }
    tail();
    end();
    next(group);
    a.pop(RBX);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /** The group's addresses, and sums of nothing. */
  private void begin() {
    a.mov(STRIDE, Mem.at(RDI, W_STRIDE));
    a.mov(WEIGHTS, OUTPUT);
    a.imul(WEIGHTS, STRIDE);
    a.add(WEIGHTS, Mem.at(RDI, W));
    a.lea(STRIDE_3, Mem.at(STRIDE, STRIDE, 2, 0));
    a.lea(NEXT, Mem.at(WEIGHTS, STRIDE, outputs, 0));
    a.mov(ROW, Mem.at(RDI, X));
    a.mov(ROW_STRIDE, Mem.at(RDI, X_STRIDE));
    for (int i = 0; i < rows * outputs; i++) {
      Vec v = isa.v(i);
      a.vpxord(v, v, v);
    }
  }

  private void loop(Label done, int vectors) {
    a.test(LEFT, LEFT);
    a.j(Condition.ZERO, done);
    int bytes = vectors * isa.lanes() * type.bytes;
    Label again = a.here();
    for (int r = 0; r < outputs && bytes >= 64; r++) {
      for (int line = 0; line < bytes; line += 64) {
        a.prefetcht0(w(NEXT, r, line));
      }
    }
    for (int v = 0; v < vectors; v++) {
      step(v * isa.lanes());
    }
    a.add(WEIGHTS, bytes);
    a.add(NEXT, bytes);
    a.add(ROW, vectors * isa.lanes() * 4);
    a.sub(LEFT, 1);
    a.j(Condition.NOT_ZERO, again);
  }

  /** One vector of columns. */
  private void step(int column) {
    for (int t = 0; t < rows; t++) {
      a.vmovups(free(t), x(t, 4 * column));
    }
    for (int r = 0; r < outputs; r++) {
      Vec w = free(rows);
      type.load(a, w, w(WEIGHTS, r, type.bytes * column));
      for (int t = 0; t < rows; t++) {
        a.vfmadd231ps(sum(t, r), w, free(t));
      }
    }
  }

  /** The columns that are left: a lane for each row of weights now. */
  private void tail() {
    Label done = new Label();
    a.mov(LEFT, Mem.at(RDI, TAIL));
    a.test(LEFT, LEFT);
    a.j(Condition.ZERO, done);
    Label again = a.here();
    Mem[] places = new Mem[outputs];
    for (int r = 0; r < outputs; r++) {
      places[r] = w(WEIGHTS, r, 0);
    }
    Vec w = free(0).as(128);
    Vec v = free(1).as(128);
    Sums.gather(a, type, w, places, Mem.at(RDI, BUFFER), RBX);
    for (int t = 0; t < rows; t++) {
      a.vbroadcastss(v, x(t, 0));
      a.vfmadd231ps(sum(t, 0).as(128), w, v);
    }
    a.add(WEIGHTS, type.bytes);
    a.add(ROW, 4);
    a.sub(LEFT, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }

  /** Adds the bias and stores. */
  private void end() {
    Vec bias = free(0).as(128);
    Label without = new Label();
    a.mov(RAX, Mem.at(RDI, BIAS));
    a.test(RAX, RAX);
    a.j(Condition.ZERO, without);
    Mem biases = Mem.at(RAX, OUTPUT, 4, 0);
    if (outputs == 4) {
      a.vmovups(bias, biases);
    } else {
      a.vmovd(bias, biases);
    }
    for (int t = 0; t < rows; t++) {
      Vec s = sum(t, 0).as(128);
      a.vaddps(s, s, bias);
    }
    a.bind(without);
    a.mov(RAX, Mem.at(RDI, OUT));
    a.lea(RAX, Mem.at(RAX, OUTPUT, 4, 0));
    for (int t = 0; t < rows; t++) {
      if (outputs == 4) {
        a.vmovups(Mem.at(RAX, 0), sum(t, 0).as(128));
      } else {
        a.vmovd(Mem.at(RAX, 0), sum(t, 0).as(128));
      }
      a.add(RAX, Mem.at(RDI, OUT_STRIDE));
    }
  }

  /** The next group; the last one overlaps the one before if outputs are no whole groups. */
  private void next(Label group) {
    Label done = new Label();
    a.mov(RAX, Mem.at(RDI, OUTPUTS));
    a.lea(RBX, Mem.at(OUTPUT, 2 * outputs));
    a.add(OUTPUT, outputs);
    a.cmp(RBX, RAX);
    a.j(Condition.NOT_GREATER, group);
    a.cmp(OUTPUT, RAX);
    a.j(Condition.NOT_LESS, done);
    a.lea(OUTPUT, Mem.at(RAX, -outputs));
    a.jmp(group);
    a.bind(done);
  }
}
