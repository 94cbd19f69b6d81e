package dev.puna.cpu;

import dev.puna.program.Value;

/**
 * Where a kernel reads or writes a value. Every worker sees the same memory, unless each computes
 * the value for itself.
 *
 * @param value the value, (rows, cols) single-precision
 * @param addresses where it begins, for each worker
 */
record Matrix(Value value, long[] addresses) {
  int cols() {
    return value.cols();
  }

  int rows(Pass pass) {
    return value.rows(pass.step().tokens(), pass.step().outputs());
  }

  /** Bytes of a row. */
  long stride() {
    return 4L * value.cols();
  }

  /** The address of a number, as this worker sees it. */
  long at(int worker, int row, int col) {
    return addresses[worker] + 4L * ((long) row * value.cols() + col);
  }
}
