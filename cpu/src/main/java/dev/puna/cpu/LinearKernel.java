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

  /** Rows of weights that are decoded for one row of activations: they stay in the first cache. */
  private static final int FEW_OUTPUTS = 8;

  private static final int ROWS = 64;
  private static final int COLS = 512;

  private static final int DECODED_STRIDE = 4 * COLS;
  private static final long DECODED_BYTES = (long) OUTPUTS * DECODED_STRIDE;
  private static final long SUMS_BYTES = (long) OUTPUTS * ROWS * Tile.SUM;

  static final long SCRATCH_BYTES = DECODED_BYTES + SUMS_BYTES;

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Scratch scratch = pass.scratch(worker);
    boolean one = toRow - fromRow == 1;
    if (one && Format.of(type).direct()) {
      single(worker, fromRow, fromCol, toCol, scratch);
      return;
    }
    int outputs = one ? FEW_OUTPUTS : OUTPUTS;
    for (int t = fromRow; t < toRow; t += ROWS) {
      int endRow = Math.min(toRow, t + ROWS);
      for (int j = fromCol; j < toCol; j += outputs) {
        block(worker, t, endRow, j, Math.min(toCol, j + outputs), scratch.address);
      }
    }
  }

  /** One row of activations. */
  private void single(int worker, int row, int from, int to, Scratch scratch) {
    long v = x.at(worker, row, 0);
    long[] rows = scratch.keys;
    for (int j = from; j < to; j += rows.length) {
      int count = Math.min(rows.length, to - j);
      for (int i = 0; i < roundUp4(count); i++) {
        rows[i] = row(Math.min(j + i, to - 1));
      }
      Format.of(type).dots(rows, count, x.cols(), v, scratch.address);
      for (int i = 0; i < count; i++) {
        float sum = Lanes.sum(Lanes.load(scratch.address + (long) i * Tile.SUM));
        sum = Format.tail(type, sum, rows[i], x.cols(), v);
        Memory.f32(out.at(worker, row, j + i), biased(sum, j + i));
      }
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
        Format.of(type).decode(stretch, cols, decoded + (long) (j - from) * DECODED_STRIDE);
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
      Tile.multiply(group, decoded, DECODED_STRIDE, v + xs * t, xs, cols, outputs, at);
      at += (long) group * outputs * Tile.SUM;
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
