package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import org.jspecify.annotations.Nullable;

/** out = by · x. Bound by the cache. */
record ScaleKernel(float by, Matrix x, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      long to = out.at(worker, t, fromCol);
      scale(pass.scratch(worker), by, x.at(worker, t, fromCol), to, toCol - fromCol);
    }
  }

  /** out = by · x for a row of columns. */
  static void scale(Scratch scratch, float by, long x, long out, int cols) {
    if (ROWS == null) {
      VectorRows.scale(by, x, out, cols);
    } else {
      ROWS.scale(scratch.address, by, x, out, cols);
    }
  }
}
