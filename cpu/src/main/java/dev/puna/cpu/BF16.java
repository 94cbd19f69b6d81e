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
   * sums[r] = Σ w_r[c]·x[c] for four rows, each a vector of partial sums, {@link Tile#SUM} apart.
   */
  static void dot4(long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector v = Lanes.load(x + 4L * c);
      a0 = Lanes.bf16(w0 + 2L * c).fma(v, a0);
      a1 = Lanes.bf16(w1 + 2L * c).fma(v, a1);
      a2 = Lanes.bf16(w2 + 2L * c).fma(v, a2);
      a3 = Lanes.bf16(w3 + 2L * c).fma(v, a3);
    }
    Lanes.store(a0, sums);
    Lanes.store(a1, sums + Tile.SUM);
    Lanes.store(a2, sums + 2 * Tile.SUM);
    Lanes.store(a3, sums + 3 * Tile.SUM);
  }

  /** Adds to a row's sum the columns that fill no vector. */
  static float tail(float sum, long w, int cols, long x) {
    float s = sum;
    for (int c = Lanes.whole(cols); c < cols; c++) {
      s = Math.fma(Memory.bf16(w + 2L * c), Memory.f32(x + 4L * c), s);
    }
    return s;
  }
}
