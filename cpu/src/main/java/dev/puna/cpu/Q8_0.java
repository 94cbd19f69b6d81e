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
      for (int i = 0; i < SIZE; i += L) {
        Lanes.store(Lanes.i8(block + 2, i).mul(d), to + 4L * (c + i));
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
      FloatVector d0 = Lanes.all(Memory.f16(w0 + at));
      FloatVector d1 = Lanes.all(Memory.f16(w1 + at));
      FloatVector d2 = Lanes.all(Memory.f16(w2 + at));
      FloatVector d3 = Lanes.all(Memory.f16(w3 + at));
      for (int i = 0; i < SIZE; i += L) {
        FloatVector v = Lanes.load(x + 4L * (c + i));
        a0 = Lanes.i8(w0 + at + 2, i).mul(d0).fma(v, a0);
        a1 = Lanes.i8(w1 + at + 2, i).mul(d1).fma(v, a1);
        a2 = Lanes.i8(w2 + at + 2, i).mul(d2).fma(v, a2);
        a3 = Lanes.i8(w3 + at + 2, i).mul(d3).fma(v, a3);
      }
    }
    Memory.f32(sums, Lanes.sum(a0));
    Memory.f32(sums + 4, Lanes.sum(a1));
    Memory.f32(sums + 8, Lanes.sum(a2));
    Memory.f32(sums + 12, Lanes.sum(a3));
  }
}
