package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/** IQ4_NL weights: blocks of d (f16) | q[16] (nibbles as in Q4_0), w = d·value[q]. */
final class IQ4_NL {
  private IQ4_NL() {}

  static final ByteVector VALUES =
      Bytes.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

  private static final int SIZE = 32;
  private static final int BYTES = 18;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f16(block);
      ByteVector q = Bytes.load(block + 2);
      for (int h = 0; h < 2; h++) {
        Bytes.store(Bytes.field(q, 4 * h, 15).selectFrom(VALUES), d, 0, out + 64 * h);
      }
    }
  }
}
