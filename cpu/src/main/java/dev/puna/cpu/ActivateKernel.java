package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Activation;
import org.jspecify.annotations.Nullable;

/**
 * out = act(x), or act(x) ⊙ up if there is an up: both are the same pass over memory. Bound by the
 * exponential, about 20 vector operations.
 */
record ActivateKernel(Activation activation, Matrix x, @Nullable Matrix up, Matrix out)
    implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int cols = toCol - fromCol;
    for (int t = fromRow; t < toRow; t++) {
      long from = x.at(worker, t, fromCol);
      long factor = up == null ? 0 : up.at(worker, t, fromCol);
      row(pass.scratch(worker), activation, from, factor, out.at(worker, t, fromCol), cols);
    }
  }

  /** out = act(x) for a row of columns, times up's if that is not 0. */
  static void row(Scratch scratch, Activation activation, long x, long up, long out, int cols) {
    if (ROWS == null) {
      VectorRows.activate(activation, x, up, out, cols);
    } else if (RowKernels.has(activation)) {
      ROWS.activate(scratch.address, activation, x, up, out, cols);
    } else {
      for (int c = 0; c < cols; c++) {
        Memory.f32(out + 4L * c, Exp.apply(activation, Memory.f32(x + 4L * c)));
      }
      if (up != 0) {
        ROWS.multiply(scratch.address, out, up, out, cols);
      }
    }
  }
}
