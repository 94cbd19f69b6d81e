package dev.puna.program;

/** Which positions of its own sequence a token attends to. */
public sealed interface Mask {
  /** The first position that a token at {@code position} sees. */
  int first(int position);

  /**
   * One more than the last position that a token at {@code position} sees.
   *
   * @param prefix length of the part of its sequence that is read as a whole
   */
  default int end(int position, int prefix) {
    return position + 1;
  }

  /** Itself, every earlier position, and the whole prefix: all of it where that is all there is. */
  record Prefix() implements Mask {
    @Override
    public int first(int position) {
      return 0;
    }

    @Override
    public int end(int position, int prefix) {
      return Math.max(position + 1, prefix);
    }
  }

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
