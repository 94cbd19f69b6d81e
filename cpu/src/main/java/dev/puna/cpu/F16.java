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
   * sums[i] = Σ rows[i][c]·x[c], each left as a vector of partial sums, {@link Tile#SUM} apart; two
   * rows at a time.
   */
  static void dots(long[] rows, int count, int cols, long x, long sums) {
    for (int i = 0; i < count; i += 2) {
      long w0 = rows[i];
      long w1 = rows[i + 1];
      FloatVector a0 = Lanes.zero();
      FloatVector a1 = a0;
      int whole = Lanes.whole(cols);
      for (int c = 0; c < whole; c += L) {
        FloatVector v = Lanes.load(x + 4L * c);
        a0 = Lanes.f16(w0 + 2L * c).fma(v, a0);
        a1 = Lanes.f16(w1 + 2L * c).fma(v, a1);
      }
      long to = sums + (long) i * Tile.SUM;
      Lanes.store(a0, to);
      Lanes.store(a1, to + Tile.SUM);
    }
  }

  /** y += Σ factors[i]·rows[i], a few vectors of columns at a time. */
  static void add(float[] factors, long[] rows, int count, long y, int cols) {
    int c = 0;
    for (; c <= cols - 2 * L; c += 2 * L) {
      FloatVector y0 = Lanes.load(y + 4L * c);
      FloatVector y1 = Lanes.load(y + 4L * (c + L));
      for (int i = 0; i < count; i++) {
        FloatVector factor = Lanes.all(factors[i]);
        long at = rows[i] + 2L * c;
        y0 = Lanes.f16(at).fma(factor, y0);
        y1 = Lanes.f16(at + 2 * L).fma(factor, y1);
      }
      Lanes.store(y0, y + 4L * c);
      Lanes.store(y1, y + 4L * (c + L));
    }
    for (; c <= cols - L; c += L) {
      FloatVector y0 = Lanes.load(y + 4L * c);
      for (int i = 0; i < count; i++) {
        y0 = Lanes.f16(rows[i] + 2L * c).fma(Lanes.all(factors[i]), y0);
      }
      Lanes.store(y0, y + 4L * c);
    }
    for (; c < cols; c++) {
      float sum = Memory.f32(y + 4L * c);
      for (int i = 0; i < count; i++) {
        sum = Math.fma(Memory.f16(rows[i] + 2L * c), factors[i], sum);
      }
      Memory.f32(y + 4L * c, sum);
    }
  }
}
