package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * IQ4_XS weights: blocks of d (f16) | upper two bits of eight s + 32 | their low nibbles, [4] |
 * q[128] (each 32 as in IQ4_NL), w = d·s·value[q].
 */
final class IQ4_XS {
  private IQ4_XS() {}

  private static final int SIZE = 256;
  private static final int BYTES = 136;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f16(block);
      int high = Memory.i16(block + 2);
      for (int g = 0; g < 8; g++) {
        int low = Memory.i8(block + 4 + g / 2) >> 4 * (g & 1) & 15;
        float scale = d * ((low | (high >> 2 * g & 3) << 4) - 32);
        ByteVector q = Bytes.load(block + 8 + 16 * g);
        for (int h = 0; h < 2; h++) {
          ByteVector values = Bytes.field(q, 4 * h, 15).selectFrom(IQ4_NL.VALUES);
          Bytes.store(values, scale, 0, out + 128 * g + 64 * h);
        }
      }
    }
  }
}
