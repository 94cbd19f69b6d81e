package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.cpu.kernels.Zeros;
import dev.puna.program.Step;
import org.jspecify.annotations.Nullable;

/**
 * out[t] = s_i · x[t] A_iᵀ for i the adapter of t, zeros without one. Rows of one adapter that
 * follow each other are multiplied together; a row's numbers do not depend on it. Bound by the
 * cache that A_i is read from.
 *
 * @param factors by adapter
 */
record ShrinkKernel(Factor[] factors, Matrix x, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  /**
   * @param a x A_iᵀ; null where the adapter updates nothing
   */
  record Factor(@Nullable Product a, int rank, float scale) {
    static final Factor NONE = new Factor(null, 0, 0);
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Step step = pass.step();
    for (int from = fromRow; from < toRow; ) {
      int adapter = step.adapter(out.value(), from);
      int to = from + 1;
      while (to < toRow && step.adapter(out.value(), to) == adapter) {
        to++;
      }
      Zeros.write(out.at(worker, from, 0), out.stride() * (to - from));
      if (adapter >= 0) {
        multiply(pass.scratch(worker), factors[adapter], worker, from, to);
      }
      from = to;
    }
  }

  private void multiply(Scratch scratch, Factor f, int worker, int from, int to) {
    if (f.a == null) {
      return;
    }
    long low = out.at(worker, from, 0);
    long stride = out.stride();
    f.a.run(scratch, x.at(worker, from, 0), x.stride(), to - from, low, stride, 0, f.rank);
    for (int t = from; t < to; t++) {
      long row = out.at(worker, t, 0);
      if (ROWS == null) {
        VectorRows.scale(f.scale, row, row, f.rank);
      } else {
        ROWS.scale(scratch.address, f.scale, row, row, f.rank);
      }
    }
  }
}
