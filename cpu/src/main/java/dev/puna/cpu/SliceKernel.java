package dev.puna.cpu;

/** Columns [from, from + width) of each head: copies, whole heads. Bound by the cache. */
record SliceKernel(int heads, int from, int width, Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int size = x.cols() / heads;
    for (int t = fromRow; t < toRow; t++) {
      for (int c = fromCol; c < toCol; c += width) {
        long at = x.at(worker, t, c / width * size + from);
        Memory.copy(at, out.at(worker, t, c), 4L * width);
      }
    }
  }
}
