package dev.puna.program;

/**
 * An intermediate result: a matrix [rows, cols] of single-precision numbers, a row per token.
 *
 * @param id its number within the program
 * @param name what dumps, diagrams and errors show: "blk.3.attn_q"
 */
public record Value(int id, String name, Rows rows, int cols) {
  /** How many rows a value has in a step. */
  public enum Rows {
    /** T: one for each token of the step. */
    TOKENS,
    /** R: one for each token whose results are wanted. */
    OUTPUTS
  }

  /** Number of rows in a step of {@code tokens} tokens that wants {@code outputs} of them. */
  public int rows(int tokens, int outputs) {
    return rows == Rows.TOKENS ? tokens : outputs;
  }
}
