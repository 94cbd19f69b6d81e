package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q2_K weights: blocks of 16 scales s (low nibble) and m (high nibble) | q[64] (2 bits each, of
 * four numbers 32 apart) | d (f16) | e (f16); each 16 weights have a scale, w = d·s·q - e·m.
 */
final class Q2_K {
  private Q2_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 84;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f16(block + 80);
      float e = Memory.f16(block + 82);
      for (int g = 0; g < 16; g++) { // 8 groups for 32 bytes of q, two for a shift
        int both = Memory.i8(block + g);
        ByteVector q = Bytes.load(block + 16 + g / 8 * 32 + (g & 1) * 16);
        q = Bytes.field(q, (g >> 1 & 3) * 2, 3);
        Bytes.store(q, d * (both & 15), -(e * (both >> 4 & 15)), out + 64L * g);
      }
    }
  }
}
