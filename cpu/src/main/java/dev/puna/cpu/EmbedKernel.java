package dev.puna.cpu;

import dev.puna.program.Op;
import dev.puna.program.Step;
import dev.puna.tensor.DType;

/** out[t] = table[i(t)]. Bound by memory: a row of the table for each token. */
record EmbedKernel(DType type, long table, long rowBytes, Op.By by, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      long row = table + rowBytes * index(by, pass.step(), t);
      if (NumberByNumber.decodes(type)) {
        NumberByNumber.decode(type, row, out.cols(), out.at(worker, t, 0));
      } else {
        Format.of(type).decode(row, out.cols(), out.at(worker, t, 0));
      }
    }
  }

  /** The row of the table that a row of the step looks up. */
  static int index(Op.By by, Step step, int row) {
    return switch (by) {
      case TOKEN -> step.token(row);
      case PLACE -> step.place(row);
      case SEGMENT -> step.second(row);
    };
  }
}
