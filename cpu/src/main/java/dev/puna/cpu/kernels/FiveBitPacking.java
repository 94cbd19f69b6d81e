package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.RBX;
import static dev.puna.cpu.asm.Vec.ymm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * Puts quants of five bits, which a file has as nibbles and single bits, together in bytes, and
 * eight vectors of these into five: see {@link PanelLayout}. For 8 rows at a time.
 */
final class FiveBitPacking {
  private FiveBitPacking() {}

  private static final int[] CONSTANTS = {
    0x0f0f0f0f, 0x10101010, 0x20202020, 0xc0c0c0c0, 0xe0e0e0e0, 0x0000000f, 0x00204081
  };

  private static final int NIBBLE = 0;
  private static final int FIFTH = 1;
  private static final int SIXTH = 2;
  private static final int UPPER_TWO = 3;
  private static final int UPPER_THREE = 4;
  private static final int FOUR_BITS = 5;

  /** What spreads four bits to the lowest ones of four bytes, by a product. */
  private static final int SPREAD = 6;

  /** Words of Q5_K's upper bits, before those of its nibbles. */
  private static final int UPPER_WORDS = 8;

  /** Bytes of a block's words of all rows, side by side, before the constants. */
  private static final int WORDS_BYTES = 64 * (UPPER_WORDS + 32);

  private static final Vec BITS = ymm(8);

  /** Puts the constants behind the words; by way of RAX. */
  static void constants(Assembler a, Gpr words, int offset) {
    for (int i = 0; i < CONSTANTS.length; i++) {
      Arguments.constant(a, ymm(0), CONSTANTS[i]);
      a.vmovups(Mem.at(words, offset + WORDS_BYTES + 64 * i), ymm(0));
      a.vmovups(Mem.at(words, offset + WORDS_BYTES + 64 * i + 32), ymm(0));
    }
  }

  /**
   * A block, from words of which those of upper bits come first; by way of RBX.
   *
   * @param offset bytes from a register to the words
   */
  static void block(Assembler a, PanelLayout layout, Gpr words, int offset, Gpr quants) {
    Mem first = Mem.at(words, offset);
    a.mov(RBX, 2);
    Label next = a.here();
    for (int g = 0; g < layout.columns() / 32; g++) {
      for (int i = 0; i < 8; i++) {
        if (layout == PanelLayout.Q5_K) {
          nibble(a, i, first.plus(64 * (UPPER_WORDS + 8 * (g / 2) + i)), g % 2, first);
          bitOfEachByte(a, first.plus(64 * i), g, first);
        } else {
          nibble(a, i, first.plus(64 * (1 + i % 4)), i / 4, first);
          fourBits(a, first, 4 * i);
        }
        a.vpord(ymm(i), ymm(i), BITS);
      }
      eightToFive(a, first, Mem.at(quants, 5 * 64 * g));
    }
    a.add(words, 32);
    a.add(quants, 32);
    a.sub(RBX, 1);
    a.j(Condition.NOT_ZERO, next);
    a.sub(words, 64);
    a.sub(quants, 64);
  }

  private static Mem constant(Mem first, int number) {
    return first.plus(WORDS_BYTES + 64 * number);
  }

  /** The lower (0) or upper (1) four bits of each byte. */
  private static void nibble(Assembler a, int to, Mem word, int which, Mem first) {
    a.vmovups(ymm(to), word);
    if (which == 1) {
      a.vpsrlw(ymm(to), ymm(to), 4);
    }
    a.vpandd(ymm(to), ymm(to), constant(first, NIBBLE));
  }

  /** Q5_K: bit g of each byte becomes the fifth. */
  private static void bitOfEachByte(Assembler a, Mem word, int g, Mem first) {
    a.vmovups(BITS, word);
    if (g < 4) {
      a.vpsllw(BITS, BITS, 4 - g);
    } else if (g > 4) {
      a.vpsrlw(BITS, BITS, g - 4);
    }
    a.vpandd(BITS, BITS, constant(first, FIFTH));
  }

  /** Q5_0: four bits of a word become the fifth ones of four bytes. */
  private static void fourBits(Assembler a, Mem first, int from) {
    a.vmovups(BITS, first);
    if (from > 0) {
      a.vpsrld(BITS, BITS, from);
    }
    a.vpandd(BITS, BITS, constant(first, FOUR_BITS));
    a.vpmulld(BITS, BITS, constant(first, SPREAD));
    a.vpslld(BITS, BITS, 4);
    a.vpandd(BITS, BITS, constant(first, FIFTH));
  }

  private static void eightToFive(Assembler a, Mem first, Mem to) {
    for (int i = 0; i < 3; i++) {
      add(a, i, 5 + i, 5, constant(first, UPPER_THREE));
    }
    add(a, 3, 7, 2, constant(first, SIXTH));
    add(a, 3, 5, 3, constant(first, UPPER_TWO));
    add(a, 4, 7, 1, constant(first, SIXTH));
    add(a, 4, 6, 3, constant(first, UPPER_TWO));
    for (int i = 0; i < 5; i++) {
      a.vmovups(to.plus(64 * i), ymm(i));
    }
  }

  /** Adds some bits of a vector's bytes, so many places higher. */
  private static void add(Assembler a, int to, int from, int places, Mem mask) {
    a.vpsllw(BITS, ymm(from), places);
    a.vpandd(BITS, BITS, mask);
    a.vpord(ymm(to), ymm(to), BITS);
  }
}
