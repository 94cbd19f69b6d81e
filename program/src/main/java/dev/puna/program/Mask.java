package dev.puna.program;

/** Which positions of its own sequence a token attends to. */
public sealed interface Mask {
  /** The first position that a token at {@code position} sees; the last one is its own. */
  int first(int position);

  /** Itself and every earlier position. */
  record Causal() implements Mask {
    @Override
    public int first(int position) {
      return 0;
    }
  }

  /** Itself and the {@code window - 1} positions before (Longformer, Beltagy et al. 2020). */
  record Sliding(int window) implements Mask {
    @Override
    public int first(int position) {
      return Math.max(0, position - window + 1);
    }
  }
}
