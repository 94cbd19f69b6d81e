package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/** bfloat16 weights: a shift makes them single-precision; bound by memory. */
final class BF16 {
  private BF16() {}

  /** Decodes {@code count} numbers. */
  static void decode(long from, int count, long to) {
    int whole = Lanes.whole(count);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.bf16(from + 2L * c), to + 4L * c);
    }
    for (int c = whole; c < count; c++) {
      Memory.f32(to + 4L * c, Memory.bf16(from + 2L * c));
    }
  }

  /**
   * sums[i] = Σ rows[i][c]·x[c], each left as a vector of partial sums, {@link Tile#SUM} apart;
   * four rows at a time.
   */
  static void dots(long[] rows, int count, int cols, long x, long sums) {
    int whole = Lanes.whole(cols);
    for (int i = 0; i < count; i += 4) {
      long w0 = rows[i];
      long w1 = rows[i + 1];
      long w2 = rows[i + 2];
      long w3 = rows[i + 3];
      FloatVector a0 = Lanes.zero();
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int c = 0; c < whole; c += L) {
        FloatVector v = Lanes.load(x + 4L * c);
        a0 = Lanes.bf16(w0 + 2L * c).fma(v, a0);
        a1 = Lanes.bf16(w1 + 2L * c).fma(v, a1);
        a2 = Lanes.bf16(w2 + 2L * c).fma(v, a2);
        a3 = Lanes.bf16(w3 + 2L * c).fma(v, a3);
      }
      long to = sums + (long) i * Tile.SUM;
      Lanes.store(a0, to);
      Lanes.store(a1, to + Tile.SUM);
      Lanes.store(a2, to + 2 * Tile.SUM);
      Lanes.store(a3, to + 3 * Tile.SUM);
    }
  }
}
