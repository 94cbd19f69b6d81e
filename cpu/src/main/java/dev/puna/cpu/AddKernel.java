package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import org.jspecify.annotations.Nullable;

/** out = a + b. Bound by the cache. */
record AddKernel(Matrix a, Matrix b, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int cols = toCol - fromCol;
    for (int t = fromRow; t < toRow; t++) {
      long at = a.at(worker, t, fromCol);
      long bt = b.at(worker, t, fromCol);
      if (ROWS == null) {
        VectorRows.add(at, bt, out.at(worker, t, fromCol), cols);
      } else {
        ROWS.add(pass.scratch(worker).address, at, bt, out.at(worker, t, fromCol), cols);
      }
    }
  }
}
