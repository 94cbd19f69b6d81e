package dev.puna.cpu;

/** out = x Wᵀ + b: see {@link Product}. */
record LinearKernel(Product product, Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    product.run(
        pass.scratch(worker),
        x.at(worker, fromRow, 0),
        x.stride(),
        toRow - fromRow,
        out.at(worker, fromRow, 0),
        out.stride(),
        fromCol,
        toCol);
  }
}
