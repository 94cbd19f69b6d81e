package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_0 weights: blocks of d (f16) | q[16] (nibbles: column j low, column j + 16 high), w = d·(q -
 * 8). Computed as d·q - 8·d in one rounding, which has nothing to round: 11 + 4 significant bits.
 * Bound by the decoding, about 4 vector operations for 16 weights of 9 bytes.
 */
final class Q4_0 {
  private Q4_0() {}

  private static final int SIZE = 32;
  private static final int HALF = SIZE / 2;
  private static final int BYTES = 18;

  /** Decodes {@code count} numbers, whole blocks. */
  static void decode(long from, int count, long to) {
    long block = from;
    for (int c = 0; c < count; c += SIZE, block += BYTES) {
      float scale = Memory.f16(block);
      FloatVector d = Lanes.all(scale);
      FloatVector zero = Lanes.all(-8 * scale);
      for (int i = 0; i < HALF; i += Lanes.BYTES) {
        store(Lanes.u8(block + 2 + i, 0), d, zero, to + 4L * (c + i));
        if (Lanes.TWO_PARTS) {
          store(Lanes.u8(block + 2 + i, 1), d, zero, to + 4L * (c + i + L));
        }
      }
    }
  }

  private static void store(IntVector pairs, FloatVector d, FloatVector zero, long to) {
    Lanes.store(low(pairs).fma(d, zero), to);
    Lanes.store(high(pairs).fma(d, zero), to + 4L * HALF);
  }

  /**
   * sums[i] = Σ rows[i][c]·x[c], each left as a vector of partial sums, {@link Tile#SUM} apart. Two
   * rows at a time, or one if vectors are of 8. Not for vectors of four, of which a block would
   * have too many.
   */
  static void dots(long[] rows, int count, int cols, long x, long sums) {
    if (L == HALF) {
      pairs(rows, count, cols, x, sums);
    } else {
      singles(rows, count, cols, x, sums);
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
        a0 = block(w0 + at, x + 4L * c, a0);
        a1 = block(w1 + at, x + 4L * c, a1);
      }
      Lanes.store(a0, sums + (long) i * Tile.SUM);
      Lanes.store(a1, sums + (long) (i + 1) * Tile.SUM);
    }
  }

  private static void singles(long[] rows, int count, int cols, long x, long sums) {
    for (int i = 0; i < count; i++) {
      FloatVector a = Lanes.zero();
      long block = rows[i];
      for (int c = 0; c < cols; c += SIZE, block += BYTES) {
        a = block(block, x + 4L * c, a);
      }
      Lanes.store(a, sums + (long) i * Tile.SUM);
    }
  }

  /** Adds a block to a row's sums, low nibbles first: the order of columns. */
  private static FloatVector block(long block, long x, FloatVector sums) {
    float scale = Memory.f16(block);
    FloatVector d = Lanes.all(scale);
    FloatVector zero = Lanes.all(-8 * scale);
    if (L == HALF) {
      IntVector q = Lanes.u8(block + 2, 0);
      FloatVector a = low(q).fma(d, zero).fma(Lanes.load(x), sums);
      return high(q).fma(d, zero).fma(Lanes.load(x + 4L * HALF), a);
    }
    return block8(block + 2, x, d, zero, sums);
  }

  private static FloatVector block8(
      long bytes, long x, FloatVector d, FloatVector zero, FloatVector sums) {
    IntVector q0 = Lanes.u8(bytes, 0);
    IntVector q1 = Lanes.u8(bytes + L, 0);
    FloatVector a = low(q0).fma(d, zero).fma(Lanes.load(x), sums);
    a = low(q1).fma(d, zero).fma(Lanes.load(x + 4L * L), a);
    a = high(q0).fma(d, zero).fma(Lanes.load(x + 8L * L), a);
    return high(q1).fma(d, zero).fma(Lanes.load(x + 12L * L), a);
  }

  private static FloatVector low(IntVector pairs) {
    return (FloatVector) pairs.and(Lanes.NIBBLE).convert(VectorOperators.I2F, 0);
  }

  private static FloatVector high(IntVector pairs) {
    return (FloatVector) pairs.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
  }
}
