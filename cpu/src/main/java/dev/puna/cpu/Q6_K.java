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
      long out = to + 4L * c;
      half(block, block + 128, block + 192, Memory.f16(block + 208), out);
      half(block + 64, block + 160, block + 200, Memory.f16(block + 208), out + 512);
    }
  }

  /** 128 numbers; group g and group g + 4 share their nibbles' bytes. */
  private static void half(long nibbles, long upper, long scales, float d, long out) {
    for (int g = 0; g < 4; g++) {
      ByteVector pairs = Bytes.load(nibbles + 16 * g);
      ByteVector bits = Bytes.load(upper + 16 * (g & 1));
      ByteVector q0 = Bytes.join(Bytes.low(pairs), Bytes.field(bits, g & 2, 3), 4);
      ByteVector q1 = Bytes.join(Bytes.high(pairs), Bytes.field(bits, (g & 2) + 4, 3), 4);
      float d0 = d * Memory.i8(scales + g);
      float d1 = d * Memory.i8(scales + g + 4);
      Bytes.store(q0, d0, -32 * d0, out + 64L * g);
      Bytes.store(q1, d1, -32 * d1, out + 64L * (g + 4));
    }
  }
}
