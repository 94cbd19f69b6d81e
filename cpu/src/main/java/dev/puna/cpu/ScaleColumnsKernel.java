package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import org.jspecify.annotations.Nullable;

/**
 * out[t, c] = gain[c] · x[t, c] + bias[c]: what is left of a normalization by a mean of 0 and a
 * deviation of 1. Bound by the cache.
 *
 * @param gain address of (cols) factors
 * @param bias address of (cols) summands, or 0
 */
record ScaleColumnsKernel(long gain, long bias, Matrix x, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    long factors = gain + 4L * fromCol;
    long summands = bias == 0 ? 0 : bias + 4L * fromCol;
    int cols = toCol - fromCol;
    for (int t = fromRow; t < toRow; t++) {
      long from = x.at(worker, t, fromCol);
      long to = out.at(worker, t, fromCol);
      if (ROWS == null) {
        VectorRows.norm(from, 0, 1, factors, summands, to, cols);
      } else {
        ROWS.norm(pass.scratch(worker).address, from, 0, 1, factors, summands, to, cols);
      }
    }
  }
}
