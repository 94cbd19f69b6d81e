package dev.puna.cpu;

/** The heads of a and b side by side: copies, whole heads. Bound by the cache. */
record JoinKernel(int heads, Matrix a, Matrix b, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int first = a.cols() / heads;
    int size = out.cols() / heads;
    int second = size - first;
    for (int t = fromRow; t < toRow; t++) {
      for (int c = fromCol; c < toCol; c += size) {
        int head = c / size;
        int of = head * second % b.cols(); // b's one head serves all
        Memory.copy(a.at(worker, t, head * first), out.at(worker, t, c), 4L * first);
        Memory.copy(b.at(worker, t, of), out.at(worker, t, c + first), 4L * second);
      }
    }
  }
}
