package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * The register tile of matrix products: sums[t][r] += w_r · x_t over a stretch of columns, four
 * rows of weights by four, two or one rows of activations, where a sum is a vector of L partial
 * sums that stay apart until the row ends. 16 multiply-adds for 8 loads: bound by the multiply-add
 * units with 32 registers; with 16 the compiler spills a few sums.
 */
final class Tile {
  private Tile() {}

  /** The kernels for 1, 2 and 4 rows of activations; not constants, see {@link Format}. */
  private static final MethodHandle[] BY = new MethodHandle[5];

  static {
    MethodType type =
        MethodType.methodType(
            void.class,
            long.class,
            long.class,
            long.class,
            long.class,
            int.class,
            int.class,
            long.class);
    for (int rows : new int[] {1, 2, 4}) {
      BY[rows] = Format.kernel(Tile.class, "by" + rows, type);
    }
  }

  /** Adds a stretch of columns to the sums of 1, 2 or 4 rows of activations. */
  static void multiply(
      int rows, long weights, long ws, long x, long xs, int cols, int outputs, long sums) {
    try {
      BY[rows].invokeExact(weights, ws, x, xs, cols, outputs, sums);
    } catch (Throwable e) {
      throw Format.failed(e);
    }
  }

  /** Bytes of one sum. */
  static final int SUM = 4 * L;

  /**
   * @param weights first row of weights, single-precision
   * @param ws bytes between rows of weights
   * @param x first row of activations
   * @param xs bytes between rows of activations
   * @param cols number of columns, a multiple of L
   * @param outputs number of rows of weights, a multiple of 4
   * @param allSums for each four rows of weights 16 vectors, the weights' row changing fastest
   */
  static void by4(long weights, long ws, long x, long xs, int cols, int outputs, long allSums) {
    for (int j = 0; j < outputs; j += 4) {
      long w = weights + j * ws;
      long sums = allSums + (long) j * 4 * SUM;
      FloatVector a00 = Lanes.load(sums);
      FloatVector a01 = Lanes.load(sums + SUM);
      FloatVector a02 = Lanes.load(sums + 2 * SUM);
      FloatVector a03 = Lanes.load(sums + 3 * SUM);
      FloatVector a10 = Lanes.load(sums + 4 * SUM);
      FloatVector a11 = Lanes.load(sums + 5 * SUM);
      FloatVector a12 = Lanes.load(sums + 6 * SUM);
      FloatVector a13 = Lanes.load(sums + 7 * SUM);
      FloatVector a20 = Lanes.load(sums + 8 * SUM);
      FloatVector a21 = Lanes.load(sums + 9 * SUM);
      FloatVector a22 = Lanes.load(sums + 10 * SUM);
      FloatVector a23 = Lanes.load(sums + 11 * SUM);
      FloatVector a30 = Lanes.load(sums + 12 * SUM);
      FloatVector a31 = Lanes.load(sums + 13 * SUM);
      FloatVector a32 = Lanes.load(sums + 14 * SUM);
      FloatVector a33 = Lanes.load(sums + 15 * SUM);
      for (int c = 0; c < cols; c += L) {
        FloatVector w0 = Lanes.load(w + 4L * c);
        FloatVector w1 = Lanes.load(w + ws + 4L * c);
        FloatVector w2 = Lanes.load(w + 2 * ws + 4L * c);
        FloatVector w3 = Lanes.load(w + 3 * ws + 4L * c);
        FloatVector v = Lanes.load(x + 4L * c);
        a00 = w0.fma(v, a00);
        a01 = w1.fma(v, a01);
        a02 = w2.fma(v, a02);
        a03 = w3.fma(v, a03);
        v = Lanes.load(x + xs + 4L * c);
        a10 = w0.fma(v, a10);
        a11 = w1.fma(v, a11);
        a12 = w2.fma(v, a12);
        a13 = w3.fma(v, a13);
        v = Lanes.load(x + 2 * xs + 4L * c);
        a20 = w0.fma(v, a20);
        a21 = w1.fma(v, a21);
        a22 = w2.fma(v, a22);
        a23 = w3.fma(v, a23);
        v = Lanes.load(x + 3 * xs + 4L * c);
        a30 = w0.fma(v, a30);
        a31 = w1.fma(v, a31);
        a32 = w2.fma(v, a32);
        a33 = w3.fma(v, a33);
      }
      Lanes.store(a00, sums);
      Lanes.store(a01, sums + SUM);
      Lanes.store(a02, sums + 2 * SUM);
      Lanes.store(a03, sums + 3 * SUM);
      Lanes.store(a10, sums + 4 * SUM);
      Lanes.store(a11, sums + 5 * SUM);
      Lanes.store(a12, sums + 6 * SUM);
      Lanes.store(a13, sums + 7 * SUM);
      Lanes.store(a20, sums + 8 * SUM);
      Lanes.store(a21, sums + 9 * SUM);
      Lanes.store(a22, sums + 10 * SUM);
      Lanes.store(a23, sums + 11 * SUM);
      Lanes.store(a30, sums + 12 * SUM);
      Lanes.store(a31, sums + 13 * SUM);
      Lanes.store(a32, sums + 14 * SUM);
      Lanes.store(a33, sums + 15 * SUM);
    }
  }

  /** Two rows of activations, 8 sums. */
  static void by2(long weights, long ws, long x, long xs, int cols, int outputs, long allSums) {
    for (int j = 0; j < outputs; j += 4) {
      long w = weights + j * ws;
      long sums = allSums + (long) j * 2 * SUM;
      FloatVector a00 = Lanes.load(sums);
      FloatVector a01 = Lanes.load(sums + SUM);
      FloatVector a02 = Lanes.load(sums + 2 * SUM);
      FloatVector a03 = Lanes.load(sums + 3 * SUM);
      FloatVector a10 = Lanes.load(sums + 4 * SUM);
      FloatVector a11 = Lanes.load(sums + 5 * SUM);
      FloatVector a12 = Lanes.load(sums + 6 * SUM);
      FloatVector a13 = Lanes.load(sums + 7 * SUM);
      for (int c = 0; c < cols; c += L) {
        FloatVector w0 = Lanes.load(w + 4L * c);
        FloatVector w1 = Lanes.load(w + ws + 4L * c);
        FloatVector w2 = Lanes.load(w + 2 * ws + 4L * c);
        FloatVector w3 = Lanes.load(w + 3 * ws + 4L * c);
        FloatVector v = Lanes.load(x + 4L * c);
        a00 = w0.fma(v, a00);
        a01 = w1.fma(v, a01);
        a02 = w2.fma(v, a02);
        a03 = w3.fma(v, a03);
        v = Lanes.load(x + xs + 4L * c);
        a10 = w0.fma(v, a10);
        a11 = w1.fma(v, a11);
        a12 = w2.fma(v, a12);
        a13 = w3.fma(v, a13);
      }
      Lanes.store(a00, sums);
      Lanes.store(a01, sums + SUM);
      Lanes.store(a02, sums + 2 * SUM);
      Lanes.store(a03, sums + 3 * SUM);
      Lanes.store(a10, sums + 4 * SUM);
      Lanes.store(a11, sums + 5 * SUM);
      Lanes.store(a12, sums + 6 * SUM);
      Lanes.store(a13, sums + 7 * SUM);
    }
  }

  /** One row of activations, 4 sums. */
  @SuppressWarnings("unused") // xs: the kernels have one signature
  static void by1(long weights, long ws, long x, long xs, int cols, int outputs, long allSums) {
    for (int j = 0; j < outputs; j += 4) {
      long w = weights + j * ws;
      long sums = allSums + (long) j * 1 * SUM;
      FloatVector a0 = Lanes.load(sums);
      FloatVector a1 = Lanes.load(sums + SUM);
      FloatVector a2 = Lanes.load(sums + 2 * SUM);
      FloatVector a3 = Lanes.load(sums + 3 * SUM);
      for (int c = 0; c < cols; c += L) {
        FloatVector v = Lanes.load(x + 4L * c);
        a0 = Lanes.load(w + 4L * c).fma(v, a0);
        a1 = Lanes.load(w + ws + 4L * c).fma(v, a1);
        a2 = Lanes.load(w + 2 * ws + 4L * c).fma(v, a2);
        a3 = Lanes.load(w + 3 * ws + 4L * c).fma(v, a3);
      }
      Lanes.store(a0, sums);
      Lanes.store(a1, sums + SUM);
      Lanes.store(a2, sums + 2 * SUM);
      Lanes.store(a3, sums + 3 * SUM);
    }
  }
}
