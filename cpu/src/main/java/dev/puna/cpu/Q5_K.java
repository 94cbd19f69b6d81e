package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/** Q5_K weights: Q4_K with fifth bits before q, [32] (a byte holds those of 8 numbers 32 apart). */
final class Q5_K {
  private Q5_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 176;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      for (int g = 0; g < 8; g += 2) {
        float d0 = Q4_K.scale(block, g);
        float m0 = Q4_K.min(block, g);
        float d1 = Q4_K.scale(block, g + 1);
        float m1 = Q4_K.min(block, g + 1);
        for (int i = 0; i < 32; i += Bytes.COUNT) {
          ByteVector q = Bytes.load(block + 48 + 16 * g + i);
          ByteVector fifth = Bytes.load(block + 16 + i);
          ByteVector q0 = Bytes.join(Bytes.low(q), Bytes.field(fifth, g, 1), 4);
          ByteVector q1 = Bytes.join(Bytes.high(q), Bytes.field(fifth, g + 1, 1), 4);
          Bytes.store(q0, d0, m0, out + 128L * g + 4L * i);
          Bytes.store(q1, d1, m1, out + 128L * (g + 1) + 4L * i);
        }
      }
    }
  }
}
