package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q4_K weights: blocks of d (f16) | e (f16) | scales[12] | q[128] (two nibbles a byte, of numbers
 * 32 apart); each 32 weights have a scale s and a smallest number m, w = d·s·q - e·m.
 */
final class Q4_K {
  private Q4_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 144;

  private static final int SIX = 0x3f3f3f3f;
  private static final int FOUR = 0x0f0f0f0f;
  private static final int TWO = 0x03030303;

  /** All eight s, a byte each. */
  static long scales(long block) {
    int first = Memory.i32(block + 4);
    int others = Memory.i32(block + 12) & FOUR | (first >>> 6 & TWO) << 4;
    return first & SIX | (long) others << 32;
  }

  /** All eight m, a byte each. */
  static long mins(long block) {
    int first = Memory.i32(block + 8);
    int others = Memory.i32(block + 12) >>> 4 & FOUR | (first >>> 6 & TWO) << 4;
    return first & SIX | (long) others << 32;
  }

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      float d = Memory.f16(block);
      float e = Memory.f16(block + 2);
      long scales = scales(block);
      long mins = mins(block);
      for (int g = 0; g < 8; g++) {
        float scale = d * (scales >>> 8 * g & 63);
        float min = -(e * (mins >>> 8 * g & 63));
        long bytes = block + 16 + g / 2 * 32;
        long out = to + 4L * (c + 32 * g);
        for (int i = 0; i < 2; i++) {
          ByteVector q = Bytes.field(Bytes.load(bytes + 16 * i), (g & 1) * 4, 15);
          Bytes.store(q, scale, min, out + 64 * i);
        }
      }
    }
  }
}
