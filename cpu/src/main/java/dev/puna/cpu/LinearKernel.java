package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.tensor.DType;

/**
 * out = x Wᵀ + b.
 *
 * <p>An output is always summed in the same order, whatever else the step holds: L partial sums,
 * one for each lane, over the columns in ascending order with one rounding for each multiply-add;
 * then their sum by halves; then the columns that fill no vector; then the bias. Weights are
 * decoded exactly, so it is the same for one row (bound by the memory's or the decoding's speed)
 * and for many (bound by the multiply-add units), where weights are decoded once for {@link #ROWS}
 * rows of activations, in stretches that stay in the cache.
 *
 * @param w address of the weights
 * @param rowBytes bytes of a row of weights
 * @param bias address of the bias, or 0
 */
record LinearKernel(DType type, long w, long rowBytes, Matrix x, Matrix out, long bias)
    implements Kernel {
  /** Rows of weights, rows of activations and columns of a block of the product. */
  private static final int OUTPUTS = 32;

  private static final int ROWS = 64;
  private static final int COLS = 512;

  private static final int DECODED_STRIDE = 4 * COLS;
  private static final long DECODED_BYTES = (long) OUTPUTS * DECODED_STRIDE;
  private static final long SUMS_BYTES = (long) OUTPUTS * ROWS * Tile.SUM;

  static final long SCRATCH_BYTES = DECODED_BYTES + SUMS_BYTES;

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    long scratch = pass.scratch(worker).address;
    boolean direct = type.blockSize() == 1 || !Lanes.TWO_PARTS;
    if (toRow - fromRow == 1 && direct) {
      single(worker, fromRow, fromCol, toCol, scratch);
      return;
    }
    for (int t = fromRow; t < toRow; t += ROWS) {
      for (int j = fromCol; j < toCol; j += OUTPUTS) {
        block(worker, t, Math.min(toRow, t + ROWS), j, Math.min(toCol, j + OUTPUTS), scratch);
      }
    }
  }

  /** One row of activations: four rows of weights at a time; the last one repeats at the end. */
  private void single(int worker, int row, int from, int to, long sums) {
    long v = x.at(worker, row, 0);
    int in = x.cols();
    for (int j = from; j < to; j += 4) {
      long w0 = row(j);
      long w1 = row(Math.min(j + 1, to - 1));
      long w2 = row(Math.min(j + 2, to - 1));
      long w3 = row(Math.min(j + 3, to - 1));
      dot4(type, w0, w1, w2, w3, in, v, sums);
      for (int r = 0; r < 4 && j + r < to; r++) {
        float sum = tail(type, Lanes.sum(Lanes.load(sums + r * Tile.SUM)), row(j + r), in, v);
        Memory.f32(out.at(worker, row, j + r), biased(sum, j + r));
      }
    }
  }

  /**
   * sums[r] = Σ w_r[c]·x[c] over the whole vectors of {@code cols} columns, for four rows of any
   * type. A sum is left as a vector: adding up its lanes too would make the methods too large for
   * the compiler to keep vectors in registers.
   */
  static void dot4(DType type, long w0, long w1, long w2, long w3, int cols, long x, long sums) {
    switch (type) {
      case F32 -> F32.dot4(w0, w1, w2, w3, cols, x, sums);
      case F16 -> F16.dot4(w0, w1, w2, w3, cols, x, sums);
      case BF16 -> BF16.dot4(w0, w1, w2, w3, cols, x, sums);
      case Q8_0 -> Q8_0.dot4(w0, w1, w2, w3, cols, x, sums);
      case Q4_0 -> Q4_0.dot4(w0, w1, w2, w3, cols, x, sums);
    }
  }

  /** A row's sum with the columns that fill no vector. */
  static float tail(DType type, float sum, long w, int cols, long x) {
    return switch (type) {
      case F32 -> F32.tail(sum, w, cols, x);
      case F16 -> F16.tail(sum, w, cols, x);
      case BF16 -> BF16.tail(sum, w, cols, x);
      case Q8_0, Q4_0 -> sum; // a block is whole vectors
    };
  }

  /** Decodes {@code count} numbers (whole blocks) to single precision. */
  static void decode(DType type, long from, int count, long to) {
    switch (type) {
      case F32 -> Memory.copy(from, to, 4L * count);
      case F16 -> F16.decode(from, count, to);
      case BF16 -> BF16.decode(from, count, to);
      case Q8_0 -> Q8_0.decode(from, count, to);
      case Q4_0 -> Q4_0.decode(from, count, to);
    }
  }

  private long row(int j) {
    return w + rowBytes * j;
  }

  private float biased(float sum, int j) {
    return bias == 0 ? sum : sum + Memory.f32(bias + 4L * j);
  }

  /** Rows [fromRow, toRow) by outputs [from, to), stretch after stretch of columns. */
  private void block(int worker, int fromRow, int toRow, int from, int to, long decoded) {
    int in = x.cols();
    long sums = decoded + DECODED_BYTES;
    Lanes.clear(sums, (long) (toRow - fromRow) * roundUp4(to - from) * L);
    for (int c = 0; c < in; c += COLS) {
      int cols = Math.min(COLS, in - c);
      for (int j = from; j < to; j++) {
        long stretch = row(j) + type.bytes(c);
        decode(type, stretch, cols, decoded + (long) (j - from) * DECODED_STRIDE);
      }
      long v = x.at(worker, fromRow, c);
      multiply(decoded, v, toRow - fromRow, roundUp4(to - from), Lanes.whole(cols), sums);
    }
    for (int t = fromRow; t < toRow; ) {
      int group = group(toRow - t);
      finish(worker, t, group, from, to, decoded, sums);
      sums += (long) group * roundUp4(to - from) * Tile.SUM;
      t += group;
    }
  }

  /** Adds a stretch of columns to all sums. */
  private void multiply(long decoded, long v, int rows, int outputs, int cols, long sums) {
    long xs = x.stride();
    long at = sums;
    for (int t = 0; t < rows; ) {
      int group = group(rows - t);
      long vt = v + xs * t;
      for (int j = 0; j < outputs; j += 4) {
        long wj = decoded + (long) j * DECODED_STRIDE;
        switch (group) {
          case 4 -> Tile.by4(wj, DECODED_STRIDE, vt, xs, cols, at);
          case 2 -> Tile.by2(wj, DECODED_STRIDE, vt, xs, cols, at);
          default -> Tile.by1(wj, DECODED_STRIDE, vt, cols, at);
        }
        at += 4L * group * Tile.SUM;
      }
      t += group;
    }
  }

  /**
   * Adds up the sums of a group of rows, the columns of the last stretch that are left, the bias.
   */
  private void finish(int worker, int row, int group, int from, int to, long decoded, long sums) {
    int in = x.cols();
    int last = (in - 1) / COLS * COLS; // where the stretch begins that is still decoded
    int whole = Lanes.whole(in);
    for (int j = from; j < to; j++) {
      long quad = sums + (j - from) / 4 * 4L * group * Tile.SUM;
      long wj = decoded + (long) (j - from) * DECODED_STRIDE;
      for (int t = 0; t < group; t++) {
        float sum = Lanes.sum(Lanes.load(quad + (4L * t + (j - from) % 4) * Tile.SUM));
        for (int c = whole; c < in; c++) {
          float v = Memory.f32(x.at(worker, row + t, c));
          sum = Math.fma(Memory.f32(wj + 4L * (c - last)), v, sum);
        }
        Memory.f32(out.at(worker, row + t, j), biased(sum, j));
      }
    }
  }

  /** How many rows of activations the next tile takes. */
  private static int group(int left) {
    return left >= 4 ? 4 : left >= 2 ? 2 : 1;
  }

  private static int roundUp4(int n) {
    return (n + 3) / 4 * 4;
  }

  static {
    if (COLS % L != 0) {
      throw new AssertionError("stretches are whole vectors");
    }
  }
}
