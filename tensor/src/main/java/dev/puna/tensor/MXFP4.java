package dev.puna.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * MXFP4: 32 numbers of 4 bits (E2M1: sign, 0, ½, 1, 1½, 2, 3, 4, 6) that share a power of two; e |
 * q[16] (nibbles as in Q4_0); x = 2^(e - 127)·value[q]. Open Compute Project, "Microscaling Formats
 * (MX) Specification", version 1.0; the choice of e is ggml's: the largest number's exponent less
 * two.
 */
final class MXFP4 implements BlockFormat {
  private static final int SIZE = 32;
  private static final int BYTES = 17;
  private static final Plane QUANTS = new Plane(1, 4, 16);

  /** Twice the magnitudes, which makes them whole numbers. */
  private static final int[] TWICE = {0, 1, 2, 3, 4, 6, 8, 12};

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE, from += BYTES) {
      float half = half(source.get(JAVA_BYTE, from) & 255);
      QUANTS.unpack(source, from, q);
      for (int j = 0; j < SIZE; j++) {
        int twice = TWICE[q[j] & 7];
        target[to + i + j] = half * (q[j] > 8 ? -twice : twice);
      }
    }
  }

  /** 2^(e - 128); subnormal for 0 and 1. */
  private static float half(int e) {
    return Float.intBitsToFloat(e < 2 ? 0x200000 << e : e - 1 << 23);
  }

  @Override
  public void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to) {
    int[] q = new int[SIZE];
    for (int i = 0; i < count; i += SIZE, to += BYTES) {
      float largest = Math.abs(SymmetricFit.extreme(source, from + i, SIZE));
      int e = largest > 0 ? exponent(largest) - 2 + 127 & 255 : 0;
      round(source, from + i, half(e), q);
      target.set(JAVA_BYTE, to, (byte) e);
      QUANTS.pack(q, target, to);
    }
  }

  /** ⌊log₂ x⌋ by way of a single-precision logarithm, which rounds up just below powers of two. */
  private static int exponent(float x) {
    return (int) Math.floor((float) (Math.log(x) / Math.log(2)));
  }

  /** The nearest value's index, that of the smaller magnitude if there are two. */
  private static void round(float[] x, int from, float half, int[] q) {
    java.util.Arrays.fill(q, 0);
    for (int i = 1; i < TWICE.length; i++) {
      float middle = 0.5f * (TWICE[i - 1] + TWICE[i]) * half;
      for (int j = 0; j < SIZE; j++) {
        q[j] += Math.abs(x[from + j]) > middle ? 1 : 0;
      }
    }
    for (int j = 0; j < SIZE; j++) {
      q[j] += x[from + j] < 0 && q[j] > 0 ? 8 : 0;
    }
  }
}
