package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/** Single-precision weights, bound by memory: 4 bytes for a multiply-add. */
final class F32 {
  private F32() {}

  /** Decodes {@code count} numbers. */
  static void decode(long from, int count, long to) {
    int whole = Lanes.whole(count);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(from + 4L * c), to + 4L * c);
    }
    for (int c = whole; c < count; c++) {
      Memory.f32(to + 4L * c, Memory.f32(from + 4L * c));
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
      a0 = Lanes.load(w0 + 4L * c).fma(v, a0);
      a1 = Lanes.load(w1 + 4L * c).fma(v, a1);
      a2 = Lanes.load(w2 + 4L * c).fma(v, a2);
      a3 = Lanes.load(w3 + 4L * c).fma(v, a3);
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
      s = Math.fma(Memory.f32(w + 4L * c), Memory.f32(x + 4L * c), s);
    }
    return s;
  }
}
