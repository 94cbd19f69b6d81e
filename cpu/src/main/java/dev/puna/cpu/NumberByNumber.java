package dev.puna.cpu;

import dev.puna.tensor.DType;

/**
 * Decodes stored numbers one by one, for what is read a row at a time: no warm-up, no Vector API,
 * no object. The formulas are those of {@link DType}'s formats.
 */
final class NumberByNumber {
  private NumberByNumber() {}

  /** Whether numbers of a type are decoded here. */
  static boolean decodes(DType type) {
    return switch (type) {
      case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
      default -> false;
    };
  }

  /** Writes {@code count} numbers (whole blocks) in single precision. */
  static void decode(DType type, long from, int count, long to) {
    switch (type) {
      case F32 -> Memory.copy(from, to, 4L * count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          Memory.f32(to + 4L * i, Memory.f16(from + 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          Memory.f32(to + 4L * i, Memory.bf16(from + 2L * i));
        }
      }
      default -> blocks(type, from, count, to);
    }
  }

  private static void blocks(DType type, long from, int count, long to) {
    int size = type.blockSize();
    for (int i = 0; i < count / size; i++) {
      long block = from + (long) i * type.blockBytes();
      long out = to + 4L * i * size;
      switch (type) {
        case Q8_0 -> q8(block, out);
        case Q4_0 -> nibbles(block, 0, block + 2, 0, 8, out);
        case Q4_1 -> nibbles(block, Memory.f16(block + 2), block + 4, 0, 0, out);
        case Q5_0 -> nibbles(block, 0, block + 6, Memory.i32(block + 2), 16, out);
        case Q5_1 -> {
          float m = Memory.f16(block + 2);
          nibbles(block, m, block + 8, Memory.i32(block + 4), 0, out);
        }
        case Q4_K -> groups(block, block + 16, 0, out);
        case Q5_K -> groups(block, block + 48, block + 16, out);
        case Q6_K -> q6k(block, out);
        default -> throw new IllegalArgumentException(type + " is not decoded here");
      }
    }
  }

  private static void q8(long block, long out) {
    float d = Memory.f16(block);
    for (int i = 0; i < 32; i++) {
      Memory.f32(out + 4L * i, d * Memory.i8(block + 2 + i));
    }
  }

  /** 32 numbers d·(q - zero) + m of nibbles 16 apart, with a fifth bit each. */
  private static void nibbles(long block, float m, long nibbles, int fifths, int zero, long out) {
    float d = Memory.f16(block);
    for (int i = 0; i < 32; i++) {
      int q = nibble(nibbles + i % 16, i / 16) | (fifths >>> i & 1) << 4;
      Memory.f32(out + 4L * i, d * (q - zero) + m);
    }
  }

  /**
   * Q4_K and Q5_K.
   *
   * @param fifths address of the fifth bits; 0 if there are none
   */
  private static void groups(long block, long nibbles, long fifths, long out) {
    float d = Memory.f16(block);
    float e = Memory.f16(block + 2);
    long scales = Q4_K.scales(block);
    long mins = Q4_K.mins(block);
    for (int g = 0; g < 8; g++) {
      float scale = d * (scales >>> 8 * g & 63);
      float min = e * (mins >>> 8 * g & 63);
      for (int i = 0; i < 32; i++) {
        int fifth = fifths == 0 ? 0 : Memory.i8(fifths + i) >> g & 1;
        int q = nibble(nibbles + g / 2 * 32 + i, g & 1) | fifth << 4;
        Memory.f32(out + 4L * (32 * g + i), scale * q - min);
      }
    }
  }

  private static void q6k(long block, long out) {
    float d = Memory.f16(block + 208);
    for (int g = 0; g < 16; g++) {
      float scale = d * Memory.i8(block + 192 + g);
      for (int i = 0; i < 16; i++) {
        int lower = nibble(block + g / 8 * 64 + (g & 3) * 16 + i, g >> 2 & 1);
        int upper = Memory.i8(block + 128 + g / 8 * 32 + (g & 1) * 16 + i) >> (g >> 1 & 3) * 2 & 3;
        Memory.f32(out + 4L * (16 * g + i), scale * ((lower | upper << 4) - 32));
      }
    }
  }

  /** A byte's lower (0) or upper (1) four bits. */
  private static int nibble(long at, int which) {
    return Memory.i8(at) >> 4 * which & 15;
  }
}
