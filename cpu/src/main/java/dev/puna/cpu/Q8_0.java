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
   * sums[r] = Σ w_r[c]·x[c] for four rows, each a vector of partial sums, {@link Tile#SUM} apart.
   * Two rows at a time, from one place: with four, the method would be too large for the compiler
   * to keep vectors in registers. Not for vectors of four: a block would have too many.
   */
  static void dot4(long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    for (int r = 0; r < 4; r += 2) {
      dot2(r == 0 ? w0 : w2, r == 0 ? w1 : w3, cols, x, sums + r * Tile.SUM);
    }
  }

  private static void dot2(long w0, long w1, int cols, long x, long sums) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    long at = 0;
    for (int c = 0; c < cols; c += SIZE, at += BYTES) {
      FloatVector d0 = Lanes.all(Memory.f16(w0 + at));
      FloatVector d1 = Lanes.all(Memory.f16(w1 + at));
      for (int i = 0; i < SIZE; i += L) {
        FloatVector v = Lanes.load(x + 4L * (c + i));
        a0 = Lanes.i8(w0 + at + 2 + i, 0).mul(d0).fma(v, a0);
        a1 = Lanes.i8(w1 + at + 2 + i, 0).mul(d1).fma(v, a1);
      }
    }
    Lanes.store(a0, sums);
    Lanes.store(a1, sums + Tile.SUM);
  }
}
