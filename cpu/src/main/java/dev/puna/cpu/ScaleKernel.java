package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.RowKernels;
import org.jspecify.annotations.Nullable;

/** out = by · x. Bound by the cache. */
record ScaleKernel(float by, Matrix x, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();
  private static final Loop[] LOOPS = Loop.of(ScaleKernel.class, Loop.BY_NUMBER, "row");

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
      LOOPS[0].run(by, x, out, cols);
    } else {
      ROWS.scale(scratch.address, by, x, out, cols);
    }
  }

  static void row(float by, long x, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).mul(by), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Memory.f32(x + 4L * c) * by);
    }
  }
}
