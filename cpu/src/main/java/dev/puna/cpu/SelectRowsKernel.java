package dev.puna.cpu;

/** Keeps the rows whose results are wanted: a copy. */
record SelectRowsKernel(Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int i = fromRow; i < toRow; i++) {
      long from = x.at(worker, pass.step().output(i), fromCol);
      Memory.copy(from, out.at(worker, i, fromCol), 4L * (toCol - fromCol));
    }
  }
}
