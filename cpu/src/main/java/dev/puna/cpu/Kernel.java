package dev.puna.cpu;

/** An op with its operands bound: computes a part of a matrix. */
interface Kernel {
  /**
   * Computes rows [fromRow, toRow) of columns [fromCol, toCol). What it computes for an element
   * does not depend on which part the element is in.
   */
  void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol);
}
