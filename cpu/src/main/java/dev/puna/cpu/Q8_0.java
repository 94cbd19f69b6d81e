package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/**
 * Q8_0 weights, keys and values: blocks of d (f16) | q[32] (i8), w = d·q. The product has 11 + 8
 * significant bits, so it is exact in single precision: a decoded weight and one decoded on the fly
 * give the same sums. Bound by the conversions, about 4 vector operations for 16 weights.
 */
final class Q8_0 {
  private Q8_0() {}

  private static final int SIZE = 32;
  private static final int BYTES = 34;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      FloatVector d = Lanes.all(Memory.f16(block));
      for (int i = 0; i < SIZE; i += Lanes.BYTES) {
        Lanes.store(Lanes.i8(block + 2 + i, 0).mul(d), to + 4L * (c + i));
        if (Lanes.TWO_PARTS) {
          Lanes.store(Lanes.i8(block + 2 + i, 1).mul(d), to + 4L * (c + i + L));
        }
      }
    }
  }

  /**
   * sums[i] = Σ rows[i][c]·x[c], each left as a vector of partial sums, {@link Tile#SUM} apart. Two
   * rows at a time, or one if vectors are of four, of which a block has so many.
   */
  static void dots(long[] rows, int count, int cols, long x, long sums) {
    if (Lanes.TWO_PARTS) {
      singles(rows, count, cols, x, sums);
    } else {
      pairs(rows, count, cols, x, sums);
    }
  }

  private static void singles(long[] rows, int count, int cols, long x, long sums) {
    for (int i = 0; i < count; i++) {
      FloatVector a = Lanes.zero();
      long block = rows[i];
      for (int c = 0; c < cols; c += SIZE, block += BYTES) {
        FloatVector d = Lanes.all(Memory.f16(block));
        for (int j = 0; j < SIZE; j += Lanes.BYTES) {
          long v = x + 4L * (c + j);
          a = Lanes.i8(block + 2 + j, 0).mul(d).fma(Lanes.load(v), a);
          a = Lanes.i8(block + 2 + j, 1).mul(d).fma(Lanes.load(v + 4 * L), a);
        }
      }
      Lanes.store(a, sums + (long) i * Tile.SUM);
    }
  }

  private static void pairs(long[] rows, int count, int cols, long x, long sums) {
    for (int i = 0; i < count; i += 2) {
      long w0 = rows[i];
      long w1 = rows[i + 1];
      FloatVector a0 = Lanes.zero();
      FloatVector a1 = a0;
      long at = 0;
      for (int c = 0; c < cols; c += SIZE, at += BYTES) {
        FloatVector d0 = Lanes.all(Memory.f16(w0 + at));
        FloatVector d1 = Lanes.all(Memory.f16(w1 + at));
        for (int j = 0; j < SIZE; j += L) {
          FloatVector v = Lanes.load(x + 4L * (c + j));
          a0 = Lanes.i8(w0 + at + 2 + j, 0).mul(d0).fma(v, a0);
          a1 = Lanes.i8(w1 + at + 2 + j, 0).mul(d1).fma(v, a1);
        }
      }
      long to = sums + (long) i * Tile.SUM;
      Lanes.store(a0, to);
      Lanes.store(a1, to + Tile.SUM);
    }
  }

  /** y += Σ factors[i]·rows[i], two vectors of columns at a time; their last block may be cut. */
  static void add(float[] factors, long[] rows, int count, long y, int cols) {
    int c = 0;
    for (; c <= cols - 2 * L; c += 2 * L) {
      FloatVector y0 = Lanes.load(y + 4L * c);
      FloatVector y1 = Lanes.load(y + 4L * (c + L));
      long block = (long) c / SIZE * BYTES;
      int at = 2 + c % SIZE;
      for (int i = 0; i < count; i++) {
        long row = rows[i] + block;
        FloatVector factor = Lanes.all(factors[i] * Memory.f16(row));
        y0 = Lanes.i8(row + at, 0).fma(factor, y0);
        y1 = (Lanes.TWO_PARTS ? Lanes.i8(row + at, 1) : Lanes.i8(row + at + L, 0)).fma(factor, y1);
      }
      Lanes.store(y0, y + 4L * c);
      Lanes.store(y1, y + 4L * (c + L));
    }
    for (; c < cols; c++) {
      float sum = Memory.f32(y + 4L * c);
      long block = (long) c / SIZE * BYTES;
      for (int i = 0; i < count; i++) {
        float d = Memory.f16(rows[i] + block);
        sum = Math.fma(Memory.i8(rows[i] + block + 2 + c % SIZE), factors[i] * d, sum);
      }
      Memory.f32(y + 4L * c, sum);
    }
  }
}
