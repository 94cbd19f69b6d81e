package dev.puna.engine;

/** The logits of the rows of a step that were wanted. */
interface Outputs {
  /**
   * A copy of a row, [V], which may be written and is overwritten by the next call.
   *
   * @throws dev.puna.tensor.PunaException if a number of it is not finite
   */
  float[] row(int output);
}
