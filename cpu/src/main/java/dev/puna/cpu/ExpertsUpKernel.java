package dev.puna.cpu;

import dev.puna.program.Gating;
import dev.puna.program.Regions.Region;

/**
 * The hidden layers of each row's experts. Rows are grouped by expert, so that each expert's
 * weights are read once; every worker takes its columns of all experts. Bound by memory for few
 * rows, by the products for many.
 *
 * @param gates each expert's product with its gate
 * @param ups each expert's product with its other projection
 * @param hidden columns of an expert, F
 */
record ExpertsUpKernel(
    Product[] gates, Product[] ups, Gating gating, int hidden, Matrix x, Matrix routes, Matrix out)
    implements Kernel {
  private static final int LINE = 16;

  /** Takes this worker's columns of each expert; the range is all there is. */
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int from = Region.start(hidden, LINE, worker, pass.workers());
    int to = Region.start(hidden, LINE, worker + 1, pass.workers());
    if (from == to) {
      return;
    }
    Scratch scratch = pass.scratch(worker);
    ExpertScratch s = scratch.experts;
    int k = routes.cols() / 2;
    s.group(routes, worker, toRow, k, gates.length);
    for (int e = 0; e < gates.length; e++) {
      for (int p = s.first[e]; p < s.first[e + 1]; p += Product.ROWS) {
        int count = Math.min(Product.ROWS, s.first[e + 1] - p);
        rows(scratch, worker, e, p, count, k, from, to);
      }
    }
  }

  /** Some rows of one expert, whose pairs are those from {@code first} on. */
  private void rows(
      Scratch scratch, int worker, int e, int first, int count, int k, int from, int to) {
    ExpertScratch s = scratch.experts;
    long bytes = 4L * x.cols();
    long at = x.at(worker, s.pairs[first] / k, 0);
    if (count > 1) {
      for (int i = 0; i < count; i++) {
        Memory.copy(x.at(worker, s.pairs[first + i] / k, 0), s.gathered + bytes * i, bytes);
      }
      at = s.gathered;
    }
    long stride = 4L * ExpertScratch.COLS;
    for (int c = from; c < to; c += ExpertScratch.COLS) {
      int end = Math.min(to, c + ExpertScratch.COLS);
      gates[e].run(scratch, at, bytes, count, s.outputs - 4L * c, stride, c, end);
      ups[e].run(scratch, at, bytes, count, s.others - 4L * c, stride, c, end);
      for (int i = 0; i < count; i++) {
        int pair = s.pairs[first + i];
        long y = out.at(worker, pair / k, pair % k * hidden + c);
        Gate.row(scratch, gating, s.outputs + stride * i, s.others + stride * i, y, end - c);
      }
    }
  }
}
