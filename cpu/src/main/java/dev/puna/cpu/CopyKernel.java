package dev.puna.cpu;

/** out = x. Bound by the cache. */
record CopyKernel(Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      long to = out.at(worker, t, fromCol);
      Memory.copy(x.at(worker, t, fromCol), to, 4L * (toCol - fromCol));
    }
  }
}
