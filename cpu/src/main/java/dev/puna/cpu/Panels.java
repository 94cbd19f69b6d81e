package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.PanelProduct;
import dev.puna.tensor.Tensor;

/**
 * A matrix of weights packed into panels: see {@link PanelLayout}.
 *
 * @param address of the first panel
 */
record Panels(PanelLayout layout, int rows, int cols, long address) {
  private static final int ROWS = PanelLayout.ROWS;

  /** Bytes of a matrix's panels. */
  static long bytes(PanelLayout layout, int rows, int cols) {
    return PanelLayout.panels(rows) * layout.panelBytes(cols);
  }

  /** Address of a panel. */
  long panel(int number) {
    return address + number * layout.panelBytes(cols);
  }

  /**
   * Packs some panels of a matrix; rows that the last one lacks are zeros already.
   *
   * @param working address of {@link PanelProduct#WORKING_BYTES} bytes, the calling worker's own
   */
  void pack(Tensor source, int from, int to, long working) {
    PanelProduct assembled = PanelProduct.of(layout);
    for (int p = from; p < to; p++) {
      int count = Math.min(ROWS, rows - p * ROWS);
      long row = source.data().address() + source.rowBytes() * ROWS * p;
      if (assembled == null || count < ROWS) {
        pack(source, p, count);
      } else {
        assembled.pack(working, row, source.rowBytes(), panel(p), cols);
      }
    }
  }

  /** Packs some rows of a panel, number by number. */
  void pack(Tensor source, int panel, int count) {
    int blocks = cols / layout.columns();
    int blockBytes = Math.toIntExact(source.type().bytes(layout.columns()));
    long heads = panel(panel);
    for (int r = 0; r < count; r++) {
      long row = source.data().address() + source.rowBytes() * (panel * (long) ROWS + r);
      for (int b = 0; b < blocks; b++) {
        long block = row + (long) b * blockBytes;
        scales(block, heads + (long) b * layout.headBytes(), r);
        quants(block, heads + layout.headsBytes(cols) + (long) b * layout.quantBytes(), r);
      }
    }
  }

  private void scales(long block, long heads, int r) {
    switch (layout) {
      case Q8_0, Q4_0, Q5_0 -> Memory.i16(heads + 2 * r, Memory.i16(block));
      case Q4_1, Q5_1 -> {
        Memory.i16(heads + 2 * r, Memory.i16(block));
        Memory.i16(heads + 32 + 2 * r, (short) (Memory.i16(block + 2) ^ Short.MIN_VALUE));
      }
      case Q4_K, Q5_K -> {
        Memory.i16(heads + 2 * r, Memory.i16(block));
        Memory.i16(heads + 32 + 2 * r, Memory.i16(block + 2));
        bytes(Q4_K.scales(block), heads + 64 + r);
        bytes(Q4_K.mins(block), heads + 192 + r);
      }
      case Q6_K -> {
        Memory.i16(heads + 2 * r, Memory.i16(block + 208));
        bytes(Memory.i64(block + 192), heads + 32 + r);
        bytes(Memory.i64(block + 200), heads + 160 + r);
      }
    }
  }

  private void quants(long block, long quants, int r) {
    switch (layout) {
      case Q8_0 -> words(block + 2, quants, r, 8, PanelProduct.unsigned() ? 0x80808080 : 0);
      case Q4_0 -> words(block + 2, quants, r, 4, 0);
      case Q4_1 -> words(block + 4, quants, r, 4, 0);
      case Q5_0 -> FiveBits.pack(block + 6, Memory.i32(block + 2), quants + 4 * r);
      case Q5_1 -> FiveBits.pack(block + 8, Memory.i32(block + 4), quants + 4 * r);
      case Q5_K -> FiveBits.packK(block + 48, block + 16, quants + 4 * r);
      case Q4_K -> {
        for (int i = 0; i < 16; i++) {
          long word = block + 16 + 32L * (i / 4) + 4 * (i % 4);
          long to = quants + 512L * (i / 4) + 64 * (i % 4) + 4L * r;
          nibbles(Memory.i32(word), Memory.i32(word + 16), to, to + 256);
        }
      }
      case Q6_K -> {
        for (int half = 0; half < 4; half++) { // 16 columns of each of four blocks of 32
          long lower = block + 64L * (half / 2) + 16 * (half % 2);
          long upper = block + 128 + 16L * half;
          long to = quants + 1536L * (half / 2) + 192 * (half % 2) + 4L * r;
          for (int i = 0; i < 4; i++) { // the first two blocks' nibbles, then the others'
            long word = lower + 32L * (i / 2) + 4 * (i % 2);
            long at = to + 384L * (i / 2) + 64 * (i % 2);
            nibbles(Memory.i32(word), Memory.i32(word + 8), at, at + 768);
          }
          for (int b = 0; b < 4; b++) {
            int bits = 0;
            for (int i = 0; i < 4; i++) {
              bits |= (Memory.i32(upper + 4L * i) >>> 2 * b & 0x03030303) << 2 * i;
            }
            Memory.i32(to + 384L * b + 128, bits);
          }
        }
      }
    }
  }

  /** The lower nibbles of two words, side by side, and the upper ones. */
  private static void nibbles(int first, int second, long lower, long upper) {
    Memory.i32(lower, first & 0x0f0f0f0f | (second & 0x0f0f0f0f) << 4);
    Memory.i32(upper, first >>> 4 & 0x0f0f0f0f | second & 0xf0f0f0f0);
  }

  /** Words of a row to where its lane is. */
  private static void words(long from, long to, int r, int count, int flip) {
    for (int i = 0; i < count; i++) {
      Memory.i32(to + 64L * i + 4 * r, Memory.i32(from + 4L * i) ^ flip);
    }
  }

  /** Eight bytes of a row to where its lane is. */
  private static void bytes(long eight, long to) {
    for (int i = 0; i < 8; i++) {
      Memory.i8(to + (long) ROWS * i, (byte) (eight >>> 8 * i));
    }
  }
}
