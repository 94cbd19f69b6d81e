package dev.puna.cpu;

import dev.puna.program.Op;
import dev.puna.program.Step;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * out[t] = table[i(t)]. Bound by memory: a row of the table for each token, which is decoded number
 * by number.
 *
 * @param numbers each worker's room for a row
 */
record EmbedKernel(DType type, long table, long rowBytes, Op.By by, Matrix out, float[][] numbers)
    implements Kernel {
  static EmbedKernel of(DType type, long table, long rowBytes, Op.By by, Matrix out, int workers) {
    float[][] numbers = new float[workers][type == DType.F32 ? 0 : out.cols()];
    return new EmbedKernel(type, table, rowBytes, by, out, numbers);
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int cols = out.cols();
    for (int t = fromRow; t < toRow; t++) {
      long row = table + rowBytes * index(by, pass.step(), t);
      long to = out.at(worker, t, 0);
      if (type == DType.F32) {
        Memory.copy(row, to, rowBytes);
      } else {
        type.decode(Memory.ALL, row, numbers[worker], 0, cols);
        MemorySegment.copy(
            numbers[worker], 0, Memory.ALL, ValueLayout.JAVA_FLOAT_UNALIGNED, to, cols);
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
