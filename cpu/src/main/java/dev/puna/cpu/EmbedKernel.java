package dev.puna.cpu;

import dev.puna.tensor.DType;

/** out[t] = table[token[t]]. Bound by memory: a row of the table for each token. */
record EmbedKernel(DType type, long table, long rowBytes, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      long row = table + rowBytes * pass.step().token(t);
      Format.of(type).decode(row, out.cols(), out.at(worker, t, 0));
    }
  }
}
