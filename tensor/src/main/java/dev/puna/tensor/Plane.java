package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * Where some of the bits of a block's small integers lie: 8 / width of them share a byte, the first
 * in its lowest bits, and are {@code stride} apart; so a run of {@code stride} bytes holds {@code
 * stride}·8 / width integers.
 *
 * @param offset the plane's first byte in the block
 * @param width bits of each integer in this plane: 1, 2, 4 or 8
 * @param shift which bits of the integer these are: the lowest of them
 */
record Plane(int offset, int width, int stride, int shift) {
  /** The lowest bits, or all of them. */
  Plane(int offset, int width, int stride) {
    this(offset, width, stride, 0);
  }

  /** Writes these bits of all of {@code q} to the block that begins at {@code block}. */
  void pack(int[] q, MemorySegment target, long block) {
    int mask = (1 << width) - 1;
    int run = stride * (8 / width);
    long at = block + offset;
    for (int first = 0; first < q.length; first += run) {
      for (int i = first; i < first + stride; i++, at++) {
        int bits = 0;
        for (int k = 0; k < 8 / width; k++) {
          bits |= (q[i + k * stride] >> shift & mask) << k * width;
        }
        target.set(JAVA_BYTE, at, (byte) bits);
      }
    }
  }

  /** Reads these bits of all of {@code q}; a plane of higher bits adds them to what is there. */
  void unpack(MemorySegment source, long block, int[] q) {
    int mask = (1 << width) - 1;
    int run = stride * (8 / width);
    for (int first = 0; first < q.length; first += run) {
      long at = block + offset + (long) first / run * stride;
      for (int k = 0; k < 8 / width; k++) {
        int to = first + k * stride;
        for (int i = 0; i < stride; i++) {
          int bits = (source.get(JAVA_BYTE, at + i) >> k * width & mask) << shift;
          q[to + i] = shift == 0 ? bits : q[to + i] | bits;
        }
      }
    }
  }
}
