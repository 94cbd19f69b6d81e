package dev.puna.program;

/**
 * The most that a compiled program is ever asked to do in one step; memory is set aside for it.
 *
 * @param rows tokens
 * @param outputs rows whose results are wanted
 * @param sequences sequences taking part
 * @param blocks entries of all their block tables together
 * @param blockSize tokens in a block of the state
 */
public record Limits(int rows, int outputs, int sequences, int blocks, int blockSize) {
  public Limits {
    if (rows < 1 || outputs < 1 || sequences < 1 || blocks < 1 || blockSize < 1) {
      throw new IllegalArgumentException(
          "limits %d %d %d %d %d".formatted(rows, outputs, sequences, blocks, blockSize));
    }
  }
}
