package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * AFFINE4 weights: blocks of scale (f32) | zero (u8) | q[16] (nibbles as in Q4_0), w = scale·(q -
 * zero).
 */
final class Affine4 {
  private Affine4() {}

  private static final int SIZE = 32;
  private static final int BYTES = 21;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float scale = Memory.f32(block);
      float zero = Memory.i8(block + 4) & 255;
      ByteVector q = Bytes.load(block + 5);
      for (int h = 0; h < 2; h++) {
        Bytes.storeFrom(Bytes.field(q, 4 * h, 15), zero, scale, out + 64 * h);
      }
    }
  }
}
