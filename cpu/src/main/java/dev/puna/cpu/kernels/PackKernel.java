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
import static dev.puna.cpu.asm.Vec.xmm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * Puts 16 rows into a panel: what scales them, number by number, and their quants, 4 rows by 4
 * words at a time, which are turned in registers, and whose bits are regrouped there. Bound by
 * reading the file's pages for the first time.
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
  private static final Gpr HEADS_AT = R12;
  private static final Gpr QUANTS_AT = RCX;

  /** The sign of a number of 16 bits. */
  private static final int SIGN = 0x8000;

  /** Bytes from the arguments to words that are not yet what a panel has. */
  private static final int WORKING = 64;

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
    a.push(RBX);
    a.push(R12);
    if (layout.fiveBits()) {
      FiveBitPacking.constants(a, RDI, WORKING);
    }
    a.mov(STRIDE, Mem.at(RDI, ROW_BYTES));
    a.lea(STRIDE_3, Mem.at(STRIDE, STRIDE, 2, 0));
    a.mov(ROWS[0], Mem.at(RDI, ROW));
    for (int i = 1; i < 4; i++) {
      a.lea(ROWS[i], Mem.at(ROWS[i - 1], STRIDE, 4, 0));
    }
    a.mov(HEADS_AT, Mem.at(RDI, HEADS));
    a.mov(QUANTS_AT, Mem.at(RDI, QUANTS));
    Label next = a.here();
    heads(a, layout);
    a.add(HEADS_AT, layout.headBytes());
    for (int r = 0; r < 16; r += 4) {
      quants(a, layout, r, unsigned);
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
    a.pop(R12);
    a.pop(RBX);
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

  /** What scales the block; by way of RAX and RBX. */
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
      a.movzx16(RAX, row(r, from));
      a.movzx16(RBX, row(r + 1, from));
      if (turned != 0) {
        a.add(RAX, turned);
        a.and(RAX, 0xffff);
        a.add(RBX, turned);
      }
      a.shl(RBX, 16);
      a.add(RAX, RBX);
      a.mov32(Mem.at(HEADS_AT, to + 2 * r), RAX);
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
    a.movsxd(RAX, row(r, 12));
    if (shift > 0) {
      a.shr(RAX, shift);
    }
    a.and(RAX, 0x0f0f0f0f);
    a.or(RBX, RAX);
    a.shl(RBX, 32);
    a.movsxd(RAX, row(r, from));
    a.and(RAX, 0x3f3f3f3f);
    a.or(RBX, RAX);
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

  // ---- quants

  private static final Vec[] WORDS = {xmm(8), xmm(9), xmm(10), xmm(11)};

  private static final Vec[] MORE_WORDS = {xmm(12), xmm(13), xmm(14), xmm(15)};

  /** The quants of rows r to r + 3. */
  private static void quants(Assembler a, PanelLayout layout, int r, boolean unsigned) {
    switch (layout) {
      case Q8_0 -> {
        for (int i = 0; i < 8; i += 4) {
          turn(a, r, 2 + 4 * i, WORDS, unsigned);
          store(a, r, 64 * i, WORDS);
        }
      }
      case Q4_0, Q4_1 -> {
        turn(a, r, layout == PanelLayout.Q4_0 ? 2 : 4, WORDS, false);
        store(a, r, 0, WORDS);
      }
      case Q5_0 -> {
        words(a, r, 2, 4, 0); // the first of them
        words(a, r, 6, 4, 64);
      }
      case Q5_1 -> {
        words(a, r, 4, 4, 0);
        words(a, r, 8, 4, 64);
      }
      case Q5_K -> words(a, r, 16, 40, 0);
      case Q4_K -> {
        for (int i = 0; i < 4; i++) {
          turn(a, r, 16 + 32 * i, WORDS, false);
          turn(a, r, 32 + 32 * i, MORE_WORDS, false);
          for (int k = 0; k < 4; k++) {
            exchange(a, WORDS[k], MORE_WORDS[k], 0x0f0f0f0f, 4);
          }
          store(a, r, 512 * i, WORDS);
          store(a, r, 512 * i + 256, MORE_WORDS);
        }
      }
      case Q6_K -> {
        for (int half = 0; half < 4; half++) {
          sixes(a, r, half, 1536 * (half / 2) + 192 * (half % 2));
        }
      }
    }
  }

  /** 16 columns of each of four blocks of 32, which share their upper bits' bytes. */
  private static void sixes(Assembler a, int r, int half, int to) {
    for (int pair = 0; pair < 2; pair++) { // the first and third block's, the others' nibbles
      turn(a, r, 64 * (half / 2) + 16 * (half % 2) + 32 * pair, WORDS, false);
      exchange(a, WORDS[0], WORDS[2], 0x0f0f0f0f, 4);
      exchange(a, WORDS[1], WORDS[3], 0x0f0f0f0f, 4);
      for (int i = 0; i < 4; i++) {
        a.vmovups(quants(r, to + 384 * pair + 768 * (i / 2) + 64 * (i % 2)), WORDS[i]);
      }
    }
    turn(a, r, 128 + 16 * half, WORDS, false);
    exchange(a, WORDS[0], WORDS[1], 0x33333333, 2);
    exchange(a, WORDS[2], WORDS[3], 0x33333333, 2);
    exchange(a, WORDS[0], WORDS[2], 0x0f0f0f0f, 4);
    exchange(a, WORDS[1], WORDS[3], 0x0f0f0f0f, 4);
    for (int block = 0; block < 4; block++) {
      a.vmovups(quants(r, to + 384 * block + 128), WORDS[block]);
    }
  }

  /** Words that {@link FiveBitPacking} takes up. */
  private static void words(Assembler a, int r, int from, int count, int to) {
    for (int i = 0; i < count; i += 4) {
      turn(a, r, from + 4 * i, WORDS, false);
      for (int k = 0; k < 4; k++) {
        a.vmovups(Mem.at(RDI, WORKING + to + 64 * (i + k) + 4 * r), WORDS[k]);
      }
    }
  }

  private static Mem quants(int r, int to) {
    return Mem.at(QUANTS_AT, to + 4 * r);
  }

  private static void store(Assembler a, int r, int to, Vec[] words) {
    for (int i = 0; i < 4; i++) {
      a.vmovups(quants(r, to + 64 * i), words[i]);
    }
  }

  /** v's upper fields of some bits and w's lower ones change places: a 2 by 2 transposition. */
  private static void exchange(Assembler a, Vec v, Vec w, int lower, int shift) {
    Arguments.constant(a, xmm(0), lower);
    a.vpsrlw(xmm(1), v, shift);
    a.vpandd(xmm(1), xmm(1), xmm(0));
    a.vpandnd(xmm(2), xmm(0), w);
    a.vpandd(v, v, xmm(0));
    a.vpandd(xmm(3), w, xmm(0));
    a.vpsllw(xmm(3), xmm(3), shift);
    a.vpord(v, v, xmm(3));
    a.vpord(w, xmm(1), xmm(2));
  }

  /** Four words of four rows: word i of all four lies together. */
  private static void turn(Assembler a, int r, int from, Vec[] to, boolean flip) {
    if (flip) {
      Arguments.constant(a, to[3], 0x80808080);
    }
    for (int i = 0; i < 4; i++) {
      a.vmovups(xmm(i), row(r + i, from));
      if (flip) {
        a.vpxord(xmm(i), xmm(i), to[3]);
      }
    }
    a.vunpcklps(xmm(4), xmm(0), xmm(1));
    a.vunpckhps(xmm(5), xmm(0), xmm(1));
    a.vunpcklps(xmm(6), xmm(2), xmm(3));
    a.vunpckhps(xmm(7), xmm(2), xmm(3));
    a.vshufps(to[0], xmm(4), xmm(6), 0x44);
    a.vshufps(to[1], xmm(4), xmm(6), 0xEE);
    a.vshufps(to[2], xmm(5), xmm(7), 0x44);
    a.vshufps(to[3], xmm(5), xmm(7), 0xEE);
  }
}
