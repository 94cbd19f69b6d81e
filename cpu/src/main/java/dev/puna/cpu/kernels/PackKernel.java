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
import static dev.puna.cpu.asm.Vec.xmm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;

/**
 * Puts 16 rows into a panel: what scales them, number by number, and their quants, 4 rows by 4
 * words at a time, which are turned in registers. Bound by reading the file's pages for the first
 * time.
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

  /** The sign of a number of 16 bits. */
  private static final int SIGN = 0x8000;

  private static final Gpr QUANTS_AT = RCX;

  /** Bytes from the arguments to words that are not yet what a panel has. */
  private static final int WORKING = 64;

  /**
   * A run of words of a block, and where they begin in the panel's block, or in {@link #WORKING}.
   */
  private record Words(int from, int count, int to) {}

  private static Words[] words(PanelLayout layout) {
    return switch (layout) {
      case Q8_0 -> new Words[] {new Words(2, 8, 0)};
      case Q4_0 -> new Words[] {new Words(2, 4, 0)};
      case Q4_1 -> new Words[] {new Words(4, 4, 0)};
      case Q5_0 -> new Words[] {new Words(2, 4, 0), new Words(6, 4, 64)}; // the first of four
      case Q5_1 -> new Words[] {new Words(4, 4, 0), new Words(8, 4, 64)};
      case Q4_K -> new Words[] {new Words(16, 32, 0)};
      case Q5_K -> new Words[] {new Words(16, 40, 0)};
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
      case Q4_1 -> 20;
      case Q5_0 -> 22;
      case Q5_1 -> 24;
      case Q4_K -> 144;
      case Q5_K -> 176;
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
    if (layout.fiveBits()) {
      FiveBitPacking.constants(a, RDI, WORKING);
    }
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
    a.push(RDI);
    a.push(RBX);
    heads(a, layout);
    a.pop(RBX);
    a.pop(RDI);
    a.add(HEADS_AT, layout.headBytes());
    Mem to = layout.fiveBits() ? Mem.at(RDI, WORKING) : Mem.at(QUANTS_AT, 0);
    for (Words words : words(layout)) {
      for (int i = 0; i < words.count(); i += 4) {
        for (int r = 0; r < 16; r += 4) {
          boolean flip = unsigned && layout == PanelLayout.Q8_0;
          turn(a, r, words.from() + 4 * i, to.plus(words.to() + 64 * i + 4 * r), flip);
        }
      }
    }
    if (layout.fiveBits()) {
      FiveBitPacking.block(a, layout, RDI, WORKING, QUANTS_AT);
    }
    for (Gpr row : ROWS) {
      a.add(row, blockBytes(layout));
    }
    a.add(QUANTS_AT, layout.quantBytes());
    a.sub(Mem.at(RDI, BLOCKS), 1);
    a.j(Condition.NOT_ZERO, next);
    a.vzeroupper();
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

  /** What scales the block; by way of RDI and RBX. */
  private static void heads(Assembler a, PanelLayout layout) {
    switch (layout) {
      case Q8_0, Q4_0, Q5_0 -> halves(a, 0, 0, 0);
      case Q4_1, Q5_1 -> {
        halves(a, 0, 0, 0);
        halves(a, 2, 32, SIGN);
      }
      case Q4_K, Q5_K -> {
        halves(a, 0, 0, 0);
        halves(a, 2, 32, 0);
        for (int r = 0; r < 16; r++) {
          sixBits(a, r, 4, 0);
          bytes(a, 64 + r);
          sixBits(a, r, 8, 4);
          bytes(a, 192 + r);
        }
      }
      case Q6_K -> {
        halves(a, 208, 0, 0);
        for (int r = 0; r < 16; r++) {
          a.mov(RBX, row(r, 192));
          bytes(a, 32 + r);
          a.mov(RBX, row(r, 200));
          bytes(a, 160 + r);
        }
      }
    }
  }

  /** 16 bits of each row, two rows at a time; {@code turned} is added to the bits, mod 2¹⁶. */
  private static void halves(Assembler a, int from, int to, int turned) {
    for (int r = 0; r < 16; r += 2) {
      a.movzx16(RDI, row(r, from));
      a.movzx16(RBX, row(r + 1, from));
      if (turned != 0) {
        a.add(RDI, turned);
        a.and(RDI, 0xffff);
        a.add(RBX, turned);
      }
      a.shl(RBX, 16);
      a.add(RDI, RBX);
      a.mov32(Mem.at(HEADS_AT, to + 2 * r), RDI);
    }
  }

  /**
   * RBX ← eight numbers of 6 bits: four at {@code from}, then four of which that word has the upper
   * two bits and the one at 12 the lower four, from bit {@code shift} of each byte on.
   */
  private static void sixBits(Assembler a, int r, int from, int shift) {
    a.movsxd(RBX, row(r, from));
    a.shr(RBX, 2);
    a.and(RBX, 0x30303030);
    a.movsxd(RDI, row(r, 12));
    if (shift > 0) {
      a.shr(RDI, shift);
    }
    a.and(RDI, 0x0f0f0f0f);
    a.or(RBX, RDI);
    a.shl(RBX, 32);
    a.movsxd(RDI, row(r, from));
    a.and(RDI, 0x3f3f3f3f);
    a.or(RBX, RDI);
  }

  /** The eight bytes of RBX, to where the row's are. */
  private static void bytes(Assembler a, int to) {
    for (int i = 0; i < 8; i++) {
      a.mov8(Mem.at(HEADS_AT, to + PanelLayout.ROWS * i), RBX);
      if (i < 7) {
        a.shr(RBX, 8);
      }
    }
  }

  /** Four words of four rows: word i of all four lies together. */
  private static void turn(Assembler a, int r, int from, Mem to, boolean flip) {
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
      a.vmovups(to.plus(64 * i), xmm(8 + i));
    }
  }
}
