package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;

/**
 * Products x Wᵀ + b of a few or many rows of activations with rows of weights.
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
 * @param in columns of a row of weights
 * @param bias address of the bias, or 0
 */
record Product(DType type, long w, long rowBytes, int in, long bias) {
  /** Rows of weights, rows of activations and columns of a block of the product. */
  private static final int OUTPUTS = 32;

  /** Rows of weights that are decoded for one row of activations: they stay in the first cache. */
  private static final int FEW_OUTPUTS = 8;

  static final int ROWS = 64;
  private static final int COLS = 512;

  private static final int DECODED_STRIDE = 4 * COLS;
  private static final long DECODED_BYTES = (long) OUTPUTS * DECODED_STRIDE;
  private static final long SUMS_BYTES = (long) OUTPUTS * ROWS * Tile.SUM;

  static final long SCRATCH_BYTES = DECODED_BYTES + SUMS_BYTES;

  /**
   * The product with the weights from row {@code first} on.
   *
   * @param bias address of that row's bias, or 0
   */
  static Product of(Tensor weight, int first, long bias) {
    long w = weight.data().address() + weight.rowBytes() * first;
    return new Product(weight.type(), w, weight.rowBytes(), Math.toIntExact(weight.cols()), bias);
  }

  /**
   * Outputs [from, to) of some rows.
   *
   * @param x address of the first row of activations
   * @param xs bytes between them
   * @param out address of the first row's output 0
   * @param outs bytes between rows of outputs
   */
  void run(Scratch scratch, long x, long xs, int rows, long out, long outs, int from, int to) {
    if (FloatProduct.usable()) {
      FloatProduct.run(this, scratch, x, xs, rows, out, outs, from, to);
      return;
    }
    byVectors(scratch, x, xs, rows, out, outs, from, to);
  }

  /** The same by the Vector API. */
  void byVectors(
      Scratch scratch, long x, long xs, int rows, long out, long outs, int from, int to) {
    if (rows == 1 && Format.of(type).direct()) {
      single(x, out, from, to, scratch);
      return;
    }
    int outputs = rows == 1 ? FEW_OUTPUTS : OUTPUTS;
    for (int t = 0; t < rows; t += ROWS) {
      int count = Math.min(ROWS, rows - t);
      for (int j = from; j < to; j += outputs) {
        int end = Math.min(to, j + outputs);
        block(x + xs * t, xs, count, out + outs * t, outs, j, end, scratch.address);
      }
    }
  }

  /** One row of activations. */
  private void single(long x, long out, int from, int to, Scratch scratch) {
    long[] rows = scratch.keys;
    for (int j = from; j < to; j += rows.length) {
      int count = Math.min(rows.length, to - j);
      for (int i = 0; i < roundUp4(count); i++) {
        rows[i] = row(Math.min(j + i, to - 1));
      }
      Format.of(type).dots(rows, count, in, x, scratch.address);
      for (int i = 0; i < count; i++) {
        float sum = Lanes.sum(Lanes.load(scratch.address + (long) i * Tile.SUM));
        sum = Format.tail(type, sum, rows[i], in, x);
        Memory.f32(out + 4L * (j + i), biased(sum, j + i));
      }
    }
  }

  long row(int j) {
    return w + rowBytes * j;
  }

  private float biased(float sum, int j) {
    return bias == 0 ? sum : sum + Memory.f32(bias + 4L * j);
  }

  /** At most {@link #ROWS} rows by outputs [from, to), stretch after stretch of columns. */
  private void block(
      long x, long xs, int rows, long out, long outs, int from, int to, long decoded) {
    long sums = decoded + DECODED_BYTES;
    Lanes.clear(sums, (long) rows * roundUp4(to - from) * L);
    for (int c = 0; c < in; c += COLS) {
      int cols = Math.min(COLS, in - c);
      for (int j = from; j < to; j++) {
        long stretch = row(j) + type.bytes(c);
        Format.of(type).decode(stretch, cols, decoded + (long) (j - from) * DECODED_STRIDE);
      }
      multiply(decoded, x + 4L * c, xs, rows, roundUp4(to - from), Lanes.whole(cols), sums);
    }
    for (int t = 0; t < rows; ) {
      int group = group(rows - t);
      finish(x + xs * t, xs, group, out + outs * t, outs, from, to, decoded, sums);
      sums += (long) group * roundUp4(to - from) * Tile.SUM;
      t += group;
    }
  }

  /** Adds a stretch of columns to all sums. */
  private static void multiply(
      long decoded, long v, long xs, int rows, int outputs, int cols, long sums) {
    long at = sums;
    for (int t = 0; t < rows; ) {
      int group = group(rows - t);
      Tile.multiply(group, decoded, DECODED_STRIDE, v + xs * t, xs, cols, outputs, at);
      at += (long) group * outputs * Tile.SUM;
      t += group;
    }
  }

  /**
   * Adds up the sums of a group of rows, the columns of the last stretch that are left, the bias.
   */
  private void finish(
      long x, long xs, int group, long out, long outs, int from, int to, long decoded, long sums) {
    int last = (in - 1) / COLS * COLS; // where the stretch begins that is still decoded
    int whole = Lanes.whole(in);
    for (int j = from; j < to; j++) {
      long quad = sums + (j - from) / 4 * 4L * group * Tile.SUM;
      long wj = decoded + (long) (j - from) * DECODED_STRIDE;
      for (int t = 0; t < group; t++) {
        float sum = Lanes.sum(Lanes.load(quad + (4L * t + (j - from) % 4) * Tile.SUM));
        for (int c = whole; c < in; c++) {
          float v = Memory.f32(x + xs * t + 4L * c);
          sum = Math.fma(Memory.f32(wj + 4L * (c - last)), v, sum);
        }
        Memory.f32(out + outs * t + 4L * j, biased(sum, j));
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
