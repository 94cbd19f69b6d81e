package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R10;
import static dev.puna.cpu.asm.Gpr.R11;
import static dev.puna.cpu.asm.Gpr.R12;
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
 * sums[t][j] += w_j · x_t over a stretch of columns, single-precision, where a sum is a vector of
 * partial sums that stay apart until the row ends: for tiles of rows of activations, groups of rows
 * of weights.
 *
 * <p>Bound by the multiply-add units: 12 multiply-adds for 7 loads with 16 registers, 24 for 10
 * with 32. A tile of activations stays in the first cache while the stretch's weights pass from the
 * second.
 */
final class TileKernel {
  static final int W = 0;
  static final int X = 8;
  static final int X_STRIDE = 16;
  static final int SUMS = 24;
  static final int TILES = 32;
  static final int GROUPS = 40;

  /** Whole runs of {@link #run} vectors of columns, then whole vectors. */
  static final int RUNS = 48;

  static final int VECTORS = 56;

  /** Whether there are sums to add to; 0 if what is in their memory is to be forgotten. */
  static final int MORE = 64;

  /** A run is 256 bytes of activations. */
  static int run(Isa isa) {
    return 2048 / isa.bits();
  }

  private static final Gpr WEIGHTS = RAX;
  private static final Gpr SUM = RCX;
  private static final Gpr ROW = RSI;
  private static final Gpr ROW_3 = RDX;
  private static final Gpr ROW_STRIDE = R8;
  private static final Gpr LEFT = R9;
  private static final Gpr GROUPS_LEFT = R10;
  private static final Gpr GROUP = R11;

  /** What is fetched for the next tile: a place, and the next row. */
  private static final Gpr AHEAD = RBX;

  private static final Gpr NEXT_ROW = R12;

  private final Assembler a = new Assembler();
  private final Isa isa;
  private final int outputs;
  private final int rows;
  private final int wStride;
  private final int sumsStride;

  /**
   * @param rows rows of activations of a tile
   * @param wStride bytes between rows of weights
   * @param sumsStride bytes between rows of sums
   */
  TileKernel(Isa isa, int rows, int wStride, int sumsStride) {
    this.isa = isa;
    this.outputs = outputs(isa);
    this.rows = rows;
    this.wStride = wStride;
    this.sumsStride = sumsStride;
  }

  /** Rows of weights of a group. */
  static int outputs(Isa isa) {
    return isa.bits() == 512 ? 4 : 3;
  }

  /** Rows of activations of a tile; there is a kernel for single rows too. */
  static int rows(Isa isa) {
    return isa.bits() == 512 ? 6 : 4;
  }

  private Vec sum(int t, int r) {
    return isa.v(t * outputs + r);
  }

  private Mem sumAt(int t, int r) {
    return Mem.at(SUM, t * sumsStride + r * isa.bits() / 8);
  }

  private Mem x(int t, int offset) {
    Gpr base = t < 3 ? ROW : ROW_3;
    return t % 3 == 0 ? Mem.at(base, offset) : Mem.at(base, ROW_STRIDE, t % 3, offset);
  }

  byte[] assemble() {
    a.push(RBX);
    a.push(R12);
    Label tile = a.here();
    a.mov(GROUP, Mem.at(RDI, W));
    a.mov(GROUPS_LEFT, Mem.at(RDI, GROUPS));
    a.mov(SUM, Mem.at(RDI, SUMS));
    a.mov(ROW_STRIDE, Mem.at(RDI, X_STRIDE));
    a.mov(NEXT_ROW, rows);
    a.imul(NEXT_ROW, ROW_STRIDE);
    a.add(NEXT_ROW, Mem.at(RDI, X));
    a.mov(AHEAD, NEXT_ROW);
    Label group = a.here();
    ahead();
    a.mov(WEIGHTS, GROUP);
    a.mov(ROW, Mem.at(RDI, X));
    a.lea(ROW_3, Mem.at(ROW, ROW_STRIDE, 2, 0));
    a.add(ROW_3, ROW_STRIDE);
    begin();
    loop(RUNS, run(isa));
    loop(VECTORS, 1);
    for (int t = 0; t < rows; t++) {
      for (int r = 0; r < outputs; r++) {
        a.vmovups(sumAt(t, r), sum(t, r));
      }
    }
    a.add(GROUP, outputs * wStride);
    a.add(SUM, outputs * isa.bits() / 8);
    a.sub(GROUPS_LEFT, 1);
    a.j(Condition.NOT_ZERO, group);
    a.mov(RAX, rows);
    a.imul(RAX, ROW_STRIDE);
    a.add(RAX, Mem.at(RDI, X));
    a.mov(Mem.at(RDI, X), RAX);
    a.add(Mem.at(RDI, SUMS), rows * sumsStride);
    a.sub(Mem.at(RDI, TILES), 1);
    a.j(Condition.NOT_ZERO, tile);
    a.pop(R12);
    a.pop(RBX);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /** Every few groups the next row of the next tile. */
  private void ahead() {
    Label same = new Label();
    a.mov(RAX, GROUPS_LEFT);
    a.and(RAX, groupsOfRow() - 1);
    a.j(Condition.NOT_ZERO, same);
    a.mov(AHEAD, NEXT_ROW);
    a.add(NEXT_ROW, ROW_STRIDE);
    a.bind(same);
  }

  /** Groups during which a row of the next tile is fetched. */
  private int groupsOfRow() {
    return isa.bits() == 512 ? 2 : 4;
  }

  /** Loads the sums, or begins them. */
  private void begin() {
    Label first = new Label();
    Label begun = new Label();
    a.cmp(Mem.at(RDI, MORE), 0);
    a.j(Condition.ZERO, first);
    for (int t = 0; t < rows; t++) {
      for (int r = 0; r < outputs; r++) {
        a.vmovups(sum(t, r), sumAt(t, r));
      }
    }
    a.jmp(begun);
    a.bind(first);
    for (int i = 0; i < rows * outputs; i++) {
      Vec v = isa.v(i);
      a.vpxord(v, v, v);
    }
    a.bind(begun);
  }

  private void loop(int count, int vectors) {
    Label done = new Label();
    a.mov(LEFT, Mem.at(RDI, count));
    a.test(LEFT, LEFT);
    a.j(Condition.ZERO, done);
    Label again = a.here();
    int bytes = isa.bits() / 8;
    if (vectors > 1) {
      int fetched = vectors * bytes / groupsOfRow();
      for (int line = 0; line < fetched; line += 64) {
        a.prefetcht0(Mem.at(AHEAD, line));
      }
      a.add(AHEAD, fetched);
    }
    for (int v = 0; v < vectors; v++) {
      step(v * bytes);
    }
    a.add(WEIGHTS, vectors * bytes);
    a.add(ROW, vectors * bytes);
    if (rows > 3) {
      a.add(ROW_3, vectors * bytes);
    }
    a.sub(LEFT, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(done);
  }

  /** One vector of columns. */
  private void step(int offset) {
    Vec v = isa.v(rows * outputs + outputs);
    for (int r = 0; r < outputs; r++) {
      a.vmovups(isa.v(rows * outputs + r), Mem.at(WEIGHTS, r * wStride + offset));
    }
    for (int t = 0; t < rows; t++) {
      a.vmovups(v, x(t, offset));
      for (int r = 0; r < outputs; r++) {
        a.vfmadd231ps(sum(t, r), v, isa.v(rows * outputs + r));
      }
    }
  }
}
