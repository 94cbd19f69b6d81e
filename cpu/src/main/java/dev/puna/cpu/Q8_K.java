package dev.puna.cpu;

/** Q8_K weights: blocks of d (f32) | q[256] (i8) | sums that are not needed here, w = d·q. */
final class Q8_K {
  private Q8_K() {}

  private static final int SIZE = 256;
  private static final int BYTES = 292;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      long out = to + 4L * c;
      float d = Memory.f32(block);
      for (int i = 0; i < SIZE; i += Bytes.COUNT) {
        Bytes.store(Bytes.load(block + 4 + i), d, 0, out + 4L * i);
      }
    }
  }
}
