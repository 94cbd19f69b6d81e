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

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;

/**
 * Puts the quants of 16 rows into a panel, and the scales of Q8_0 and Q4_0 as well: 4 rows by 4
 * words at a time are turned in registers. Bound by reading the file's pages for the first time.
 */
final class PackKernel {
  private PackKernel() {}

  // the arguments
  static final int ROW = 0;
  static final int ROW_BYTES = 8;
  static final int HEADS = 16;
  static final int QUANTS = 24;
  static final int BLOCKS = 32;

  /** Rows 0, 4, 8 and 12 of the current block. */
  private static final Gpr[] ROWS = {RSI, R8, R9, RDX};

  private static final Gpr STRIDE = R10;
  private static final Gpr STRIDE_3 = R11;
  private static final Gpr HEADS_AT = RAX;
  private static final Gpr QUANTS_AT = RCX;

  /** A run of words of a block, and where in the panel's block they begin. */
  private record Words(int from, int count, int to) {}

  private static Words[] words(PanelLayout layout) {
    return switch (layout) {
      case Q8_0 -> new Words[] {new Words(2, 8, 0)};
      case Q4_0 -> new Words[] {new Words(2, 4, 0)};
      case Q4_K -> new Words[] {new Words(16, 32, 0)};
      case Q6_K ->
          new Words[] {
            new Words(0, 16, 0),
            new Words(128, 8, 1024),
            new Words(64, 16, 1536),
            new Words(160, 8, 2560)
          };
    };
  }

  private static int blockBytes(PanelLayout layout) {
    return switch (layout) {
      case Q8_0 -> 34;
      case Q4_0 -> 18;
      case Q4_K -> 144;
      case Q6_K -> 210;
    };
  }

  /**
   * The code.
   *
   * @param unsigned whether Q8_0's quants become unsigned
   */
  static byte[] assemble(PanelLayout layout, boolean unsigned) {
    Assembler a = new Assembler();
    a.mov(RAX, 0x80808080);
    a.vmovd(xmm(15), RAX);
    a.vpbroadcastd(xmm(15), xmm(15));
    a.mov(STRIDE, Mem.at(RDI, ROW_BYTES));
    a.lea(STRIDE_3, Mem.at(STRIDE, STRIDE, 2, 0));
    a.mov(ROWS[0], Mem.at(RDI, ROW));
    for (int i = 1; i < 4; i++) {
      a.lea(ROWS[i], Mem.at(ROWS[i - 1], STRIDE, 4, 0));
    }
    a.mov(HEADS_AT, Mem.at(RDI, HEADS));
    a.mov(QUANTS_AT, Mem.at(RDI, QUANTS));
    Label next = a.here();
    if (layout.columns() == QuantizedRows.COLUMNS) {
      halves(a);
      a.add(HEADS_AT, layout.headBytes());
    }
    for (Words words : words(layout)) {
      for (int i = 0; i < words.count(); i += 4) {
        for (int r = 0; r < 16; r += 4) {
          boolean flip = unsigned && layout == PanelLayout.Q8_0;
          turn(a, r, words.from() + 4 * i, words.to() + 64 * i + 4 * r, flip);
        }
      }
    }
    for (Gpr row : ROWS) {
      a.add(row, blockBytes(layout));
    }
    a.add(QUANTS_AT, layout.quantBytes());
    a.sub(Mem.at(RDI, BLOCKS), 1);
    a.j(Condition.NOT_ZERO, next);
    a.ret();
    return a.toBytes();
  }

  private static Mem row(int r, int offset) {
    Gpr base = ROWS[r / 4];
    return switch (r % 4) {
      case 0 -> Mem.at(base, offset);
      case 1 -> Mem.at(base, STRIDE, 1, offset);
      case 2 -> Mem.at(base, STRIDE, 2, offset);
      default -> Mem.at(base, STRIDE_3, 1, offset);
    };
  }

  /** Each row's scale, two at a time. */
  private static void halves(Assembler a) {
    a.push(RDI);
    a.push(Gpr.RBX);
    for (int r = 0; r < 16; r += 2) {
      a.movzx16(RDI, row(r, 0));
      a.movzx16(Gpr.RBX, row(r + 1, 0));
      a.shl(Gpr.RBX, 16);
      a.add(RDI, Gpr.RBX);
      a.mov32(Mem.at(HEADS_AT, 2 * r), RDI);
    }
    a.pop(Gpr.RBX);
    a.pop(RDI);
  }

  /** Four words of four rows: word i of all four lies together. */
  private static void turn(Assembler a, int r, int from, int to, boolean flip) {
    for (int i = 0; i < 4; i++) {
      a.vmovups(xmm(i), row(r + i, from));
      if (flip) {
        a.vpxord(xmm(i), xmm(i), xmm(15));
      }
    }
    a.vunpcklps(xmm(4), xmm(0), xmm(1));
    a.vunpckhps(xmm(5), xmm(0), xmm(1));
    a.vunpcklps(xmm(6), xmm(2), xmm(3));
    a.vunpckhps(xmm(7), xmm(2), xmm(3));
    a.vshufps(xmm(8), xmm(4), xmm(6), 0x44);
    a.vshufps(xmm(9), xmm(4), xmm(6), 0xEE);
    a.vshufps(xmm(10), xmm(5), xmm(7), 0x44);
    a.vshufps(xmm(11), xmm(5), xmm(7), 0xEE);
    for (int i = 0; i < 4; i++) {
      a.vmovups(Mem.at(QUANTS_AT, to + 64 * i), xmm(8 + i));
    }
  }
}
