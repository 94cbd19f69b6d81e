package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;

/**
 * MXFP4 weights: blocks of e | q[16] (nibbles as in Q4_0), w = 2^(e - 128)·value[q], where values
 * are doubled to be whole.
 */
final class MXFP4 {
  private MXFP4() {}

  private static final ByteVector TWICE =
      Bytes.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

  private static final int SIZE = 32;
  private static final int BYTES = 17;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      int e = Memory.i8(block) & 255;
      float half = Float.intBitsToFloat(e < 2 ? 0x200000 << e : e - 1 << 23);
      ByteVector q = Bytes.load(block + 1);
      for (int h = 0; h < 2; h++) {
        Bytes.store(Bytes.field(q, 4 * h, 15).selectFrom(TWICE), half, 0, out + 64 * h);
      }
    }
  }
}
