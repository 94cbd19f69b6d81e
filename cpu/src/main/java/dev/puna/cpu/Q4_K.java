package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * Q4_K weights: blocks of d (f16) | e (f16) | scales[12] | q[128] (two nibbles a byte, of numbers
 * 32 apart); each 32 weights have a scale s and a smallest number m, w = d·s·q - e·m.
 */
final class Q4_K {
  private Q4_K() {}

  /** The scale of group {@code g} of a block. */
  static float scale(long block, int g) {
    return Memory.f16(block) * six(block + 4, g);
  }

  /** The smallest number of group {@code g}. */
  static float min(long block, int g) {
    long mins = block + 8;
    int m = g < 4 ? Memory.i8(mins + g) & 63 : upper(mins, g) | Memory.i8(mins + g) >> 4 & 15;
    return -(Memory.f16(block + 2) * m);
  }

  /** Six bits: those of the first four groups lie together, those of the others apart. */
  private static int six(long scales, int g) {
    return g < 4 ? Memory.i8(scales + g) & 63 : upper(scales, g) | Memory.i8(scales + g + 4) & 15;
  }

  private static int upper(long scales, int g) {
    return (Memory.i8(scales + g - 4) >> 6 & 3) << 4;
  }

  private static final int SIZE = 256;
  private static final int BYTES = 144;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      for (int g = 0; g < 8; g += 2) {
        float d0 = scale(block, g);
        float m0 = min(block, g);
        float d1 = scale(block, g + 1);
        float m1 = min(block, g + 1);
        for (int i = 0; i < 32; i += Bytes.COUNT) {
          ByteVector q = Bytes.load(block + 16 + 16 * g + i);
          Bytes.store(Bytes.low(q), d0, m0, out + 128L * g + 4L * i);
          Bytes.store(Bytes.high(q), d1, m1, out + 128L * (g + 1) + 4L * i);
        }
      }
    }
  }
}
