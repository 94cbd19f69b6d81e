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
      float d = Memory.f16(block);
      float e = Memory.f16(block + 2);
      long scales = Q4_K.scales(block);
      long mins = Q4_K.mins(block);
      for (int g = 0; g < 8; g++) {
        float scale = d * (scales >>> 8 * g & 63);
        float min = -(e * (mins >>> 8 * g & 63));
        long bytes = block + 48 + g / 2 * 32;
        long out = to + 4L * (c + 32 * g);
        for (int i = 0; i < 2; i++) {
          ByteVector q = Bytes.field(Bytes.load(bytes + 16 * i), (g & 1) * 4, 15);
          ByteVector fifth = Bytes.field(Bytes.load(block + 16 + 16 * i), g, 1);
          Bytes.store(Bytes.join(q, fifth, 4), scale, min, out + 64 * i);
        }
      }
    }
  }
}
