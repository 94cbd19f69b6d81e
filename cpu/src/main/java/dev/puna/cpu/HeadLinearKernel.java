package dev.puna.cpu;

/**
 * out_h = x_h W_hᵀ for each head: see {@link Product}, whose weights are the heads' one below the
 * other.
 *
 * @param size columns of a head's output
 */
record HeadLinearKernel(Product product, int size, Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int c = fromCol; c < toCol; ) {
      int head = c / size;
      int end = Math.min(toCol, (head + 1) * size);
      product.run(
          pass.scratch(worker),
          x.at(worker, fromRow, head * product.in()),
          x.stride(),
          toRow - fromRow,
          out.at(worker, fromRow, 0),
          out.stride(),
          c,
          end);
      c = end;
    }
  }
}
