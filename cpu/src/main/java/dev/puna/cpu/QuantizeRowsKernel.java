package dev.puna.cpu;

import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.cpu.kernels.QuantizedRows;

/**
 * Activations, rounded to 8 bits for products with packed weights: see {@link QuantizedRows}.
 *
 * @param out where each worker finds the rows
 */
record QuantizeRowsKernel(QuantizedProduct product, Matrix x, long[] out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    long working = pass.scratch(worker).working;
    long stride = QuantizedRows.rowBytes(x.cols());
    for (int t = fromRow; t < toRow; t++) {
      product.quantize(working, x.at(worker, t, 0), out[worker] + stride * t, x.cols());
    }
  }
}
