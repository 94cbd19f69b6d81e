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
        a0 = Lanes.load(w0 + 4L * c).fma(v, a0);
        a1 = Lanes.load(w1 + 4L * c).fma(v, a1);
        a2 = Lanes.load(w2 + 4L * c).fma(v, a2);
        a3 = Lanes.load(w3 + 4L * c).fma(v, a3);
      }
      long to = sums + (long) i * Tile.SUM;
      Lanes.store(a0, to);
      Lanes.store(a1, to + Tile.SUM);
      Lanes.store(a2, to + 2 * Tile.SUM);
      Lanes.store(a3, to + 3 * Tile.SUM);
    }
  }

  /** y += Σ factors[i]·rows[i], a few vectors of columns at a time. */
  static void add(float[] factors, long[] rows, int count, long y, int cols) {
    int c = 0;
    for (; c <= cols - 4 * L; c += 4 * L) {
      FloatVector y0 = Lanes.load(y + 4L * c);
      FloatVector y1 = Lanes.load(y + 4L * (c + L));
      FloatVector y2 = Lanes.load(y + 4L * (c + 2 * L));
      FloatVector y3 = Lanes.load(y + 4L * (c + 3 * L));
      for (int i = 0; i < count; i++) {
        FloatVector factor = Lanes.all(factors[i]);
        long at = rows[i] + 4L * c;
        y0 = Lanes.load(at).fma(factor, y0);
        y1 = Lanes.load(at + 4 * L).fma(factor, y1);
        y2 = Lanes.load(at + 8 * L).fma(factor, y2);
        y3 = Lanes.load(at + 12 * L).fma(factor, y3);
      }
      Lanes.store(y0, y + 4L * c);
      Lanes.store(y1, y + 4L * (c + L));
      Lanes.store(y2, y + 4L * (c + 2 * L));
      Lanes.store(y3, y + 4L * (c + 3 * L));
    }
    for (; c <= cols - L; c += L) {
      FloatVector y0 = Lanes.load(y + 4L * c);
      for (int i = 0; i < count; i++) {
        y0 = Lanes.load(rows[i] + 4L * c).fma(Lanes.all(factors[i]), y0);
      }
      Lanes.store(y0, y + 4L * c);
    }
    for (; c < cols; c++) {
      float sum = Memory.f32(y + 4L * c);
      for (int i = 0; i < count; i++) {
        sum = Math.fma(Memory.f32(rows[i] + 4L * c), factors[i], sum);
      }
      Memory.f32(y + 4L * c, sum);
    }
  }
}
