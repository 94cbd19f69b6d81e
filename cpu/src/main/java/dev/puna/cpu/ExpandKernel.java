package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Step;
import org.jspecify.annotations.Nullable;

/**
 * out[t] = (y[t] + low[t] B_iᵀ) ⊙ m_i + b for i the adapter of t; y[t] + b without one, the same
 * numbers as if there were no adapters at all. Rows of one adapter that follow each other are
 * multiplied together; a row's numbers do not depend on it. Bound by the cache.
 *
 * @param factors by adapter
 * @param bias address of (out) summands, or 0
 */
record ExpandKernel(Factor[] factors, Matrix y, Matrix low, long bias, Matrix out)
    implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  /**
   * @param b low B_iᵀ; null where the adapter updates nothing
   * @param magnitude address of (out) factors, or 0
   */
  record Factor(@Nullable Product b, long magnitude) {
    static final Factor NONE = new Factor(null, 0);
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Step step = pass.step();
    Scratch scratch = pass.scratch(worker);
    for (int from = fromRow; from < toRow; ) {
      int adapter = step.adapter(out.value(), from);
      int to = from + 1;
      while (to < toRow && step.adapter(out.value(), to) == adapter) {
        to++;
      }
      Factor f = adapter < 0 ? Factor.NONE : factors[adapter];
      if (f.b == null) {
        plain(scratch, worker, from, to, fromCol, toCol);
      } else {
        long at = low.at(worker, from, 0);
        long rows = out.at(worker, from, 0);
        f.b.run(scratch, at, low.stride(), to - from, rows, out.stride(), fromCol, toCol);
        updated(scratch, f, worker, from, to, fromCol, toCol);
      }
      from = to;
    }
  }

  private void plain(Scratch scratch, int worker, int from, int to, int fromCol, int toCol) {
    for (int t = from; t < to; t++) {
      long base = y.at(worker, t, fromCol);
      long row = out.at(worker, t, fromCol);
      if (bias == 0) {
        Memory.copy(base, row, 4L * (toCol - fromCol));
      } else {
        add(scratch, base, bias + 4L * fromCol, row, toCol - fromCol);
      }
    }
  }

  /** From low B_iᵀ, which is there, to the whole. */
  private void updated(
      Scratch scratch, Factor f, int worker, int from, int to, int fromCol, int toCol) {
    int cols = toCol - fromCol;
    long summands = bias == 0 ? 0 : bias + 4L * fromCol;
    for (int t = from; t < to; t++) {
      long row = out.at(worker, t, fromCol);
      add(scratch, y.at(worker, t, fromCol), row, row, cols);
      if (f.magnitude != 0) {
        scale(scratch, f.magnitude + 4L * fromCol, summands, row, cols);
      } else if (bias != 0) {
        add(scratch, row, summands, row, cols);
      }
    }
  }

  private static void add(Scratch scratch, long a, long b, long to, int cols) {
    if (ROWS == null) {
      VectorRows.add(a, b, to, cols);
    } else {
      ROWS.add(scratch.address, a, b, to, cols);
    }
  }

  /** row = factors ⊙ row + summands. */
  private static void scale(Scratch scratch, long factors, long summands, long row, int cols) {
    if (ROWS == null) {
      VectorRows.norm(row, 0, 1, factors, summands, row, cols);
    } else {
      ROWS.norm(scratch.address, row, 0, 1, factors, summands, row, cols);
    }
  }
}
