package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

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
        add(at, bt, out.at(worker, t, fromCol), cols);
      } else {
        ROWS.add(pass.scratch(worker).address, at, bt, out.at(worker, t, fromCol), cols);
      }
    }
  }

  static void add(long a, long b, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(a + 4L * c).add(Lanes.load(b + 4L * c)), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Memory.f32(a + 4L * c) + Memory.f32(b + 4L * c));
    }
  }
}
