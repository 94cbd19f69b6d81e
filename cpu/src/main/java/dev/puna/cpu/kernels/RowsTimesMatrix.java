package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R10;
import static dev.puna.cpu.asm.Gpr.R11;
import static dev.puna.cpu.asm.Gpr.R12;
import static dev.puna.cpu.asm.Gpr.R13;
import static dev.puna.cpu.asm.Gpr.R14;
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
 * C = A B, or C += A B: A (n, k), B (k, columns) and C (n, columns), all row-major in single
 * precision. Each element is one chain of multiply-adds in ascending k, whatever n is. Up to 6 rows
 * by two vectors at a time (12 with 512 bits): for 12 multiply-adds 8 loads; bound by the
 * multiply-add units.
 */
final class RowsTimesMatrix {
  static final int A = 0;
  static final int B = 8;
  static final int C = 16;
  static final int ROWS = 24;
  static final int K = 32;

  /** Steps along k in a round of the loop. */
  private static final int UNROLLED = 4;

  private static final Gpr[] AT = {RSI, R8, R9}; // rows 0 to 3, 4 to 7, 8 to 11 of A
  private static final Gpr STRIDE = R10;
  private static final Gpr STRIDE_3 = R11;

  private final Assembler a = new Assembler();
  private final int bits;
  private final int columns;
  private final int aStride;
  private final boolean add;

  private RowsTimesMatrix(int bits, int columns, int aStride, boolean add) {
    this.bits = bits;
    this.columns = columns;
    this.aStride = aStride;
    this.add = add;
  }

  /**
   * The code.
   *
   * @param columns of B and C, a multiple of 8
   * @param aStride bytes between rows of A
   * @param add whether C is added to
   */
  static byte[] assemble(Isa isa, int columns, int aStride, boolean add) {
    int bits = columns % isa.lanes() == 0 ? isa.bits() : 256;
    return new RowsTimesMatrix(bits, columns, aStride, add).assemble();
  }

  private byte[] assemble() {
    for (Gpr r : new Gpr[] {RBX, R12, R13, R14}) {
      a.push(r);
    }
    a.mov(STRIDE, aStride);
    a.mov(STRIDE_3, 3 * aStride);
    a.mov(R12, Mem.at(RDI, A));
    a.mov(R13, Mem.at(RDI, C));
    a.mov(R14, Mem.at(RDI, ROWS));
    Label end = new Label();
    int[] tiles = bits == 512 ? new int[] {12, 8, 6, 4, 3, 2, 1} : new int[] {6, 5, 4, 3, 2, 1};
    for (int rows : tiles) {
      Label fewer = new Label();
      Label again = a.here();
      a.cmp(R14, rows);
      a.j(Condition.LESS, fewer);
      if (rows == 6) {
        notSevenOrEight(fewer);
      }
      rows(rows);
      a.add(R12, rows * aStride);
      a.add(R13, rows * 4 * columns);
      a.sub(R14, rows);
      a.j(Condition.ZERO, end);
      a.jmp(again);
      a.bind(fewer);
    }
    a.bind(end);
    for (Gpr r : new Gpr[] {R14, R13, R12, RBX}) {
      a.pop(r);
    }
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /** 4 rows and the rest are quicker than 6 and one or two, which wait for their own sums. */
  private void notSevenOrEight(Label fewer) {
    Label all = new Label();
    a.cmp(R14, 6);
    a.j(Condition.ZERO, all);
    a.cmp(R14, 9);
    a.j(Condition.LESS, fewer);
    a.bind(all);
  }

  /** All columns of some rows: by two vectors, and the last by one if their number is odd. */
  private void rows(int rows) {
    int vectors = columns / (bits / 32);
    a.mov(RBX, Mem.at(RDI, B));
    a.mov(RDX, R13);
    if (vectors > 1) {
      a.mov(RAX, vectors / 2);
      Label next = a.here();
      tile(rows, 2);
      a.add(RBX, 2 * bits / 8);
      a.add(RDX, 2 * bits / 8);
      a.sub(RAX, 1);
      a.j(Condition.NOT_ZERO, next);
    }
    if (vectors % 2 == 1) {
      tile(rows, 1);
    }
  }

  private Vec sum(int row, int vector, int vectors) {
    return new Vec(row * vectors + vector, bits);
  }

  private Mem c(int row, int vector) {
    return Mem.at(RDX, row * 4 * columns + vector * bits / 8);
  }

  private void tile(int rows, int vectors) {
    Vec[] b = new Vec[vectors];
    for (int v = 0; v < vectors; v++) {
      b[v] = new Vec(rows * vectors + v, bits);
    }
    Vec x = new Vec(rows * vectors + vectors, bits);
    a.mov(AT[0], R12);
    for (int i = 1; 4 * i < rows; i++) {
      a.lea(AT[i], Mem.at(AT[i - 1], STRIDE, 4, 0));
    }
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        Vec sum = sum(r, v, vectors);
        if (add) {
          a.vmovups(sum, c(r, v));
        } else {
          a.vpxord(sum, sum, sum);
        }
      }
    }
    Gpr at = R_B;
    a.push(at);
    a.mov(at, RBX);
    a.mov(RCX, Mem.at(RDI, K));
    Label few = new Label();
    Label done = new Label();
    a.sub(RCX, UNROLLED);
    a.j(Condition.LESS, few);
    Label next = a.here();
    steps(UNROLLED, rows, b, x, at);
    a.sub(RCX, UNROLLED);
    a.j(Condition.NOT_LESS, next);
    a.bind(few);
    a.add(RCX, UNROLLED);
    a.j(Condition.ZERO, done);
    Label one = a.here();
    steps(1, rows, b, x, at);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, one);
    a.bind(done);
    a.pop(at);
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        a.vmovups(c(r, v), sum(r, v, vectors));
      }
    }
  }

  /** Multiplies by some rows of B, and moves on. */
  private void steps(int count, int rows, Vec[] b, Vec x, Gpr at) {
    for (int k = 0; k < count; k++) {
      for (int v = 0; v < b.length; v++) {
        a.vmovups(b[v], Mem.at(at, 4 * columns * k + v * bits / 8));
      }
      for (int r = 0; r < rows; r++) {
        a.vbroadcastss(x, row(r, 4 * k));
        for (int v = 0; v < b.length; v++) {
          a.vfmadd231ps(sum(r, v, b.length), b[v], x);
        }
      }
    }
    for (int i = 0; 4 * i < rows; i++) {
      a.add(AT[i], 4 * count);
    }
    a.add(at, 4 * columns * count);
  }

  private static final Gpr R_B = Gpr.RBP;

  private Mem row(int r, int offset) {
    Gpr base = AT[r / 4];
    return switch (r % 4) {
      case 0 -> Mem.at(base, offset);
      case 1 -> Mem.at(base, STRIDE, 1, offset);
      case 2 -> Mem.at(base, STRIDE, 2, offset);
      default -> Mem.at(base, STRIDE_3, 1, offset);
    };
  }
}
