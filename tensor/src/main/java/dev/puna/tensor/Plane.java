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
    byte[] bytes = new byte[q.length * width / 8];
    int mask = (1 << width) - 1;
    int per = 8 / width;
    for (int i = 0; stride == 1 && i < q.length; i++) {
      bytes[i * width / 8] |= (byte) ((q[i] >> shift & mask) << (i * width & 7));
    }
    for (int at = 0; stride > 1 && at < bytes.length; at += stride) {
      for (int k = 0; k < per; k++) { // along the bytes, so that it compiles to vectors
        int from = at * per + k * stride;
        for (int i = 0; i < stride; i++) {
          bytes[at + i] |= (byte) ((q[from + i] >> shift & mask) << k * width);
        }
      }
    }
    MemorySegment.copy(bytes, 0, target, JAVA_BYTE, block + offset, bytes.length);
  }

  /** Reads these bits of all of {@code q}; a plane of higher bits adds them to what is there. */
  void unpack(MemorySegment source, long block, int[] q) {
    byte[] bytes = new byte[q.length * width / 8];
    MemorySegment.copy(source, JAVA_BYTE, block + offset, bytes, 0, bytes.length);
    int mask = (1 << width) - 1;
    int keep = (1 << shift) - 1;
    int per = 8 / width;
    for (int i = 0; stride == 1 && i < q.length; i++) {
      q[i] = q[i] & keep | (bytes[i * width / 8] >> (i * width & 7) & mask) << shift;
    }
    for (int at = 0; stride > 1 && at < bytes.length; at += stride) {
      for (int k = 0; k < per; k++) {
        int to = at * per + k * stride;
        for (int i = 0; i < stride; i++) {
          q[to + i] = q[to + i] & keep | (bytes[at + i] >> k * width & mask) << shift;
        }
      }
    }
  }
}
