package dev.puna.program;

/** What a layer keeps of a sequence between steps. */
public sealed interface StateSpec {
  /**
   * A key row and a value row for each token.
   *
   * @param keyCols columns of a key row, K·h
   * @param valueCols columns of a value row
   */
  record PerToken(int keyCols, int valueCols) implements StateSpec {}
}
