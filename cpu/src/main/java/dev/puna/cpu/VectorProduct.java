package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.Zeros;

/** {@link Product} by the Vector API. */
final class VectorProduct {
  private VectorProduct() {}

  /** Rows of weights, rows of activations and columns of a block of the product. */
  private static final int OUTPUTS = 32;

  /** Rows of weights that are decoded for one row of activations: they stay in the first cache. */
  private static final int FEW_OUTPUTS = 8;

  private static final int COLS = 512;

  private static final int DECODED_STRIDE = 4 * COLS;
  private static final long DECODED_BYTES = (long) OUTPUTS * DECODED_STRIDE;

  /** Of vectors as wide as there are: this number is read where there may be no Vector API. */
  private static final long SUMS_BYTES = (long) OUTPUTS * Product.ROWS * 64;

  static final long SCRATCH_BYTES = DECODED_BYTES + SUMS_BYTES;

  /** As {@link Product#run}. */
  static void run(
      Product p,
      Scratch scratch,
      long x,
      long xs,
      int rows,
      long out,
      long outs,
      int from,
      int to) {
    if (rows == 1 && Format.of(p.type()).direct()) {
      single(p, x, out, from, to, scratch);
      return;
    }
    int outputs = rows == 1 ? FEW_OUTPUTS : OUTPUTS;
    for (int t = 0; t < rows; t += Product.ROWS) {
      int count = Math.min(Product.ROWS, rows - t);
      for (int j = from; j < to; j += outputs) {
        int end = Math.min(to, j + outputs);
        block(p, x + xs * t, xs, count, out + outs * t, outs, j, end, scratch.address);
      }
    }
  }

  /** One row of activations. */
  private static void single(Product p, long x, long out, int from, int to, Scratch scratch) {
    long[] rows = scratch.keys;
    for (int j = from; j < to; j += rows.length) {
      int count = Math.min(rows.length, to - j);
      for (int i = 0; i < roundUp4(count); i++) {
        rows[i] = p.row(Math.min(j + i, to - 1));
      }
      Format.of(p.type()).dots(rows, count, p.in(), x, scratch.address);
      for (int i = 0; i < count; i++) {
        float sum = Lanes.sum(Lanes.load(scratch.address + (long) i * Tile.SUM));
        sum = Format.tail(p.type(), sum, rows[i], p.in(), x);
        Memory.f32(out + 4L * (j + i), biased(p, sum, j + i));
      }
    }
  }

  private static float biased(Product p, float sum, int j) {
    return p.bias() == 0 ? sum : sum + Memory.f32(p.biasAt(j));
  }

  /** At most {@link Product#ROWS} rows by outputs [from, to), stretch after stretch of columns. */
  private static void block(
      Product p, long x, long xs, int rows, long out, long outs, int from, int to, long decoded) {
    long sums = decoded + DECODED_BYTES;
    Zeros.write(sums, (long) rows * roundUp4(to - from) * Tile.SUM);
    for (int c = 0; c < p.in(); c += COLS) {
      int cols = Math.min(COLS, p.in() - c);
      for (int j = from; j < to; j++) {
        long stretch = p.row(j) + p.type().bytes(c);
        Format.of(p.type()).decode(stretch, cols, decoded + (long) (j - from) * DECODED_STRIDE);
      }
      multiply(decoded, x + 4L * c, xs, rows, roundUp4(to - from), Lanes.whole(cols), sums);
    }
    for (int t = 0; t < rows; ) {
      int group = group(rows - t);
      finish(p, x + xs * t, xs, group, out + outs * t, outs, from, to, decoded, sums);
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
  private static void finish(
      Product p,
      long x,
      long xs,
      int group,
      long out,
      long outs,
      int from,
      int to,
      long decoded,
      long sums) {
    int last = (p.in() - 1) / COLS * COLS; // where the stretch begins that is still decoded
    int whole = Lanes.whole(p.in());
    for (int j = from; j < to; j++) {
      long quad = sums + (j - from) / 4 * 4L * group * Tile.SUM;
      long wj = decoded + (long) (j - from) * DECODED_STRIDE;
      for (int t = 0; t < group; t++) {
        float sum = Lanes.sum(Lanes.load(quad + (4L * t + (j - from) % 4) * Tile.SUM));
        for (int c = whole; c < p.in(); c++) {
          float v = Memory.f32(x + xs * t + 4L * c);
          sum = Math.fma(Memory.f32(wj + 4L * (c - last)), v, sum);
        }
        Memory.f32(out + outs * t + 4L * j, biased(p, sum, j));
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
