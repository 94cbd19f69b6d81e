package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/**
 * Q8_0 weights: blocks of d (f16) | q[32] (i8), w = d·q. The product has 11 + 8 significant bits,
 * so it is exact in single precision: a decoded weight and one decoded on the fly give the same
 * sums. Bound by the conversions, about 4 vector operations for 16 weights.
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
   * sums[i] = Σ rows[i][c]·x[c], each left as a vector of partial sums, {@link Tile#SUM} apart; two
   * rows at a time. Not for vectors of four, of which a block would have too many.
   */
  static void dots(long[] rows, int count, int cols, long x, long sums) {
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
}
