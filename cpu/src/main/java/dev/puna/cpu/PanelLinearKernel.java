package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.cpu.kernels.QuantizedRows;

/**
 * out = x Wᵀ + b with packed weights: see {@link QuantizedProduct}.
 *
 * @param bias address of the bias, or 0
 * @param x where each worker finds the quantized rows of activations
 */
record PanelLinearKernel(QuantizedProduct product, Panels panels, long bias, long[] x, Matrix out)
    implements Kernel {
  private static final int ROWS = PanelLayout.ROWS;

  /** Rows of activations whose outputs of one panel fit into the scratch memory. */
  private static final int STRETCH = 256;

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int first = (fromCol + ROWS - 1) / ROWS;
    int end = toCol / ROWS;
    if (first > end) {
      part(pass, worker, fromRow, toRow, fromCol, toCol); // within one panel
      return;
    }
    if (fromCol < first * ROWS) {
      part(pass, worker, fromRow, toRow, fromCol, first * ROWS);
    }
    if (first < end) {
      product.run(
          pass.scratch(worker).working,
          panels.panel(first),
          panels.cols(),
          end - first,
          row(worker, fromRow),
          toRow - fromRow,
          out.at(worker, fromRow, first * ROWS),
          out.stride(),
          biasOf(first));
    }
    if (end * ROWS < toCol) {
      part(pass, worker, fromRow, toRow, end * ROWS, toCol);
    }
  }

  /** Some outputs of one panel, by way of all of them. */
  private void part(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Scratch scratch = pass.scratch(worker);
    int panel = fromCol / ROWS;
    for (int from = fromRow; from < toRow; from += STRETCH) {
      int count = Math.min(STRETCH, toRow - from);
      product.run(
          scratch.working,
          panels.panel(panel),
          panels.cols(),
          1,
          row(worker, from),
          count,
          scratch.address,
          4L * ROWS,
          biasOf(panel));
      for (int t = 0; t < count; t++) {
        long at = scratch.address + 4L * (t * ROWS + fromCol % ROWS);
        Memory.copy(at, out.at(worker, from + t, fromCol), 4L * (toCol - fromCol));
      }
    }
  }

  private long row(int worker, int t) {
    return x[worker] + QuantizedRows.rowBytes(panels.cols()) * t;
  }

  private long biasOf(int panel) {
    return bias == 0 ? 0 : bias + 4L * ROWS * panel;
  }
}
