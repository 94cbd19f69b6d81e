package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.Zeros;
import jdk.incubator.vector.FloatVector;

/**
 * The weighted sum of each row's experts, in the order of the experts' numbers: this is the order
 * in which their weights are read, each once for all of its rows. Bound like {@link
 * ExpertsUpKernel}.
 *
 * @param downs each expert's product
 */
record ExpertsDownKernel(Product[] downs, Matrix hidden, Matrix routes, Matrix out)
    implements Kernel {
  private static final Loop[] ADD = Loop.of(ExpertsDownKernel.class, Loop.BY_NUMBER, "add");

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      Zeros.write(out.at(worker, t, fromCol), 4L * (toCol - fromCol));
    }
    Scratch scratch = pass.scratch(worker);
    ExpertScratch s = scratch.experts;
    int k = routes.cols() / 2;
    s.group(routes, worker, toRow, k, downs.length);
    for (int e = 0; e < downs.length; e++) {
      for (int p = s.first[e]; p < s.first[e + 1]; p += Product.ROWS) {
        int count = Math.min(Product.ROWS, s.first[e + 1] - p);
        rows(scratch, worker, e, p, count, k, fromCol, toCol);
      }
    }
  }

  /** Some rows of one expert, whose pairs are those from {@code first} on. */
  private void rows(
      Scratch scratch, int worker, int e, int first, int count, int k, int from, int to) {
    ExpertScratch s = scratch.experts;
    int in = hidden.cols() / k;
    long bytes = 4L * in;
    long at = row(worker, s.pairs[first], k, in);
    if (count > 1) {
      for (int i = 0; i < count; i++) {
        Memory.copy(row(worker, s.pairs[first + i], k, in), s.gathered + bytes * i, bytes);
      }
      at = s.gathered;
    }
    long stride = 4L * ExpertScratch.COLS;
    for (int c = from; c < to; c += ExpertScratch.COLS) {
      int end = Math.min(to, c + ExpertScratch.COLS);
      downs[e].run(scratch, at, bytes, count, s.outputs - 4L * c, stride, c, end);
      for (int i = 0; i < count; i++) {
        int pair = s.pairs[first + i];
        float weight = ExpertScratch.weight(routes, worker, pair, k);
        ADD[0].run(weight, s.outputs + stride * i, out.at(worker, pair / k, c), end - c);
      }
    }
  }

  private long row(int worker, int pair, int k, int in) {
    return hidden.at(worker, pair / k, pair % k * in);
  }

  /** y += weight · x. */
  static void add(float weight, long x, long y, int cols) {
    int whole = Lanes.whole(cols);
    FloatVector w = Lanes.all(weight);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).fma(w, Lanes.load(y + 4L * c)), y + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(y + 4L * c, Math.fma(Memory.f32(x + 4L * c), weight, Memory.f32(y + 4L * c)));
    }
  }
}
