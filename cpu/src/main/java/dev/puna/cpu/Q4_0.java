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
      for (int i = 0; i < HALF; i += L) {
        IntVector q = Lanes.u8(block + 2, i);
        Lanes.store(low(q).fma(d, zero), to + 4L * (c + i));
        Lanes.store(high(q).fma(d, zero), to + 4L * (c + HALF + i));
      }
    }
  }

  /** sums[r] = Σ w_r[c]·x[c] for four rows; the order of sums is {@link LinearKernel}'s. */
  static void dot4(long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    long at = 0;
    for (int c = 0; c < cols; c += SIZE, at += BYTES) {
      long block = x + 4L * c;
      a0 = block(w0 + at, block, a0);
      a1 = block(w1 + at, block, a1);
      a2 = block(w2 + at, block, a2);
      a3 = block(w3 + at, block, a3);
    }
    Memory.f32(sums, Lanes.sum(a0));
    Memory.f32(sums + 4, Lanes.sum(a1));
    Memory.f32(sums + 8, Lanes.sum(a2));
    Memory.f32(sums + 12, Lanes.sum(a3));
  }

  /** Adds a block to a row's sums, low nibbles first: the order of columns. */
  private static FloatVector block(long block, long x, FloatVector sums) {
    float scale = Memory.f16(block);
    FloatVector d = Lanes.all(scale);
    FloatVector zero = Lanes.all(-8 * scale);
    FloatVector a = sums;
    for (int i = 0; i < HALF; i += L) {
      a = low(Lanes.u8(block + 2, i)).fma(d, zero).fma(Lanes.load(x + 4L * i), a);
    }
    for (int i = 0; i < HALF; i += L) {
      a = high(Lanes.u8(block + 2, i)).fma(d, zero).fma(Lanes.load(x + 4L * (HALF + i)), a);
    }
    return a;
  }

  private static FloatVector low(IntVector pairs) {
    return (FloatVector) pairs.and(15).convert(VectorOperators.I2F, 0);
  }

  private static FloatVector high(IntVector pairs) {
    return (FloatVector) pairs.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0);
  }
}
