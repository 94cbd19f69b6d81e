package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q6_K weights: blocks of low nibbles, [128] (two a byte, of numbers 64 apart) | upper two bits,
 * [64] (of four numbers 32 apart) | s[16] (i8) | d (f16); each 16 weights have a scale, w = d·s·(q
 * - 32), computed as d·s·q - 32·d·s, which has nothing to round.
 */
final class Q6_K {
  private Q6_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 210;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      float d = Memory.f16(block + 208);
      for (int g = 0; g < 16; g++) { // 8 groups for 64 bytes of nibbles and 32 of upper bits
        float scale = d * Memory.i8(block + 192 + g);
        ByteVector q = Bytes.load(block + g / 8 * 64 + (g & 3) * 16);
        ByteVector upper = Bytes.load(block + 128 + g / 8 * 32 + (g & 1) * 16);
        q = Bytes.field(q, (g >> 2 & 1) * 4, 15);
        q = Bytes.join(q, Bytes.field(upper, (g >> 1 & 3) * 2, 3), 4);
        Bytes.store(q, scale, -32 * scale, to + 4L * (c + 16 * g));
      }
    }
  }
}
