package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/** Half-precision weights and cached keys: 2 bytes and about 8 vector operations a lane. */
final class F16 {
  private F16() {}

  /** Decodes {@code count} numbers. */
  static void decode(long from, int count, long to) {
    int whole = Lanes.whole(count);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.f16(from + 2L * c), to + 4L * c);
    }
    for (int c = whole; c < count; c++) {
      Memory.f32(to + 4L * c, Memory.f16(from + 2L * c));
    }
  }

  /**
   * sums[r] = Σ w_r[c]·x[c] for four rows, each a vector of partial sums, {@link Tile#SUM} apart.
   * Two rows at a time, from one place: with four, the method would be too large for the compiler
   * to keep vectors in registers.
   */
  static void dot4(long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    for (int r = 0; r < 4; r += 2) {
      dot2(r == 0 ? w0 : w2, r == 0 ? w1 : w3, cols, x, sums + r * Tile.SUM);
    }
  }

  private static void dot2(long w0, long w1, int cols, long x, long sums) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector v = Lanes.load(x + 4L * c);
      a0 = Lanes.f16(w0 + 2L * c).fma(v, a0);
      a1 = Lanes.f16(w1 + 2L * c).fma(v, a1);
    }
    Lanes.store(a0, sums);
    Lanes.store(a1, sums + Tile.SUM);
  }

  /** Adds to a row's sum the columns that fill no vector. */
  static float tail(float sum, long w, int cols, long x) {
    float s = sum;
    for (int c = Lanes.whole(cols); c < cols; c++) {
      s = Math.fma(Memory.f16(w + 2L * c), Memory.f32(x + 4L * c), s);
    }
    return s;
  }
}
