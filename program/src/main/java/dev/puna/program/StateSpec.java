package dev.puna.program;

/** What a layer keeps of a sequence between steps. */
public sealed interface StateSpec {
  /**
   * A key row and a value row for each token.
   *
   * @param keyCols columns of a key row, K·h
   * @param valueCols columns of a value row; 0 where values are part of the keys
   */
  record PerToken(int keyCols, int valueCols) implements StateSpec {}

  /**
   * So many numbers for a sequence of any length: the tail of a convolution, the state of a
   * recurrence. Always single-precision: errors would add up.
   */
  record PerSequence(int floats) implements StateSpec {}
}
