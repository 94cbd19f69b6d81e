package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;

/** Quants of five bits as {@link PanelLayout} has them: eight words of a row become five. */
final class FiveBits {
  private FiveBits() {}

  /** Bytes between a row's words. */
  private static final int STRIDE = 4 * PanelLayout.ROWS;

  private static final int NIBBLES = 0x0f0f0f0f;
  private static final int LOWEST = 0x01010101;

  /** Packs 32 quants: nibbles 16 apart, and a word of fifth bits. */
  static void pack(long nibbles, int fifths, long to) {
    int[] words = new int[8];
    for (int i = 0; i < 8; i++) {
      int four = fifths >>> 4 * i & 15;
      int spread = four * 0x00204081 & LOWEST; // a bit to each byte
      words[i] = Memory.i32(nibbles + 4 * (i % 4)) >>> 4 * (i / 4) & NIBBLES | spread << 4;
    }
    eightToFive(words, to);
  }

  /** Packs 256 quants: nibbles 32 apart, and bytes of fifth bits of eight quants 32 apart. */
  static void packK(long nibbles, long fifths, long to) {
    int[] words = new int[8];
    for (int g = 0; g < 8; g++) {
      for (int i = 0; i < 8; i++) {
        int four = Memory.i32(nibbles + 32 * (g / 2) + 4 * i) >>> 4 * (g % 2) & NIBBLES;
        words[i] = four | (Memory.i32(fifths + 4 * i) >>> g & LOWEST) << 4;
      }
      eightToFive(words, to + 5L * STRIDE * g);
    }
  }

  private static void eightToFive(int[] w, long to) {
    for (int i = 0; i < 3; i++) {
      Memory.i32(to + (long) STRIDE * i, w[i] | (w[5 + i] & 7 * LOWEST) << 5);
    }
    for (int i = 0; i < 2; i++) {
      int one = w[7] >>> 3 + i & LOWEST;
      int two = w[5 + i] >>> 3 & 3 * LOWEST;
      Memory.i32(to + (3L + i) * STRIDE, w[3 + i] | one << 5 | two << 6);
    }
  }
}
