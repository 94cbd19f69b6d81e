package dev.puna.program;

/**
 * A parameter by its canonical (GGUF) name: a matrix [rows, cols], rows being outputs and columns
 * inputs; a vector has one row. How its numbers are stored is known only to backends.
 */
public record Weight(String name, int rows, int cols) {
  public static Weight vector(String name, int size) {
    return new Weight(name, 1, size);
  }

  /** Number of parameters. */
  public long elements() {
    return (long) rows * cols;
  }
}
