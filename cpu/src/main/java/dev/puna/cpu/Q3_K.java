package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q3_K weights: blocks of the highest bits of q, [32] | its lower two bits, [64] | scales[12] | d
 * (f16); each 16 weights have a 6-bit scale, w = d·s·(q - 4), computed as d·s·q - 4·d·s, which has
 * nothing to round.
 */
final class Q3_K {
  private Q3_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 110;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f16(block + 108);
      for (int g = 0; g < 16; g++) {
        int low = Memory.i8(block + 96 + (g & 7)) >> g / 8 * 4 & 15;
        int high = Memory.i8(block + 104 + (g & 3)) >> g / 4 * 2 & 3;
        float scale = d * ((low | high << 4) - 32);
        ByteVector q = Bytes.load(block + 32 + g / 8 * 32 + (g & 1) * 16);
        ByteVector third = Bytes.field(Bytes.load(block + (g & 1) * 16), g / 2, 1);
        q = Bytes.join(Bytes.field(q, (g >> 1 & 3) * 2, 3), third, 2);
        Bytes.store(q, scale, -4 * scale, out + 64L * g);
      }
    }
  }
}
