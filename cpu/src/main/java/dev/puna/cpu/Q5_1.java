package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q5_1 weights: blocks of d (f16) | m (f16) | fifth bits, a word | q[16] (nibbles as in Q4_0), w =
 * d·q + m.
 */
final class Q5_1 {
  private Q5_1() {}

  private static final int SIZE = 32;
  private static final int BYTES = 24;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f16(block);
      float m = Memory.f16(block + 2);
      ByteVector q = Bytes.load(block + 8);
      for (int h = 0; h < 2; h++) {
        ByteVector half = Bytes.fifth(Bytes.field(q, 4 * h, 15), Memory.i16(block + 4 + 2 * h));
        Bytes.store(half, d, m, out + 64 * h);
      }
    }
  }
}
