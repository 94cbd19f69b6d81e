package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/** bfloat16 weights: a shift makes them single-precision; bound by memory. */
final class BF16 {
  private BF16() {}

  /** Decodes {@code count} numbers. */
  static void decode(long from, int count, long to) {
    int whole = Lanes.whole(count);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.bf16(from + 2L * c), to + 4L * c);
    }
    for (int c = whole; c < count; c++) {
      Memory.f32(to + 4L * c, Memory.bf16(from + 2L * c));
    }
  }

  /** sums[r] = Σ w_r[c]·x[c] for four rows; the order of sums is {@link LinearKernel}'s. */
  static void dot4(long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector v = Lanes.load(x + 4L * c);
      a0 = Lanes.bf16(w0 + 2L * c).fma(v, a0);
      a1 = Lanes.bf16(w1 + 2L * c).fma(v, a1);
      a2 = Lanes.bf16(w2 + 2L * c).fma(v, a2);
      a3 = Lanes.bf16(w3 + 2L * c).fma(v, a3);
    }
    float s0 = Lanes.sum(a0);
    float s1 = Lanes.sum(a1);
    float s2 = Lanes.sum(a2);
    float s3 = Lanes.sum(a3);
    for (int c = whole; c < cols; c++) {
      float v = Memory.f32(x + 4L * c);
      s0 = Math.fma(Memory.bf16(w0 + 2L * c), v, s0);
      s1 = Math.fma(Memory.bf16(w1 + 2L * c), v, s1);
      s2 = Math.fma(Memory.bf16(w2 + 2L * c), v, s2);
      s3 = Math.fma(Memory.bf16(w3 + 2L * c), v, s3);
    }
    Memory.f32(sums, s0);
    Memory.f32(sums + 4, s1);
    Memory.f32(sums + 8, s2);
    Memory.f32(sums + 12, s3);
  }
}
