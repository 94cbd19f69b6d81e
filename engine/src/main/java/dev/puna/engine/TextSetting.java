package dev.puna.engine;

/**
 * What all texts of an engine have in common.
 *
 * @param limit tokens at which the context ends
 * @param form how the model's texts are laid out
 * @param ends the model's stop tokens
 * @param keepsWhole whether the model keeps something of a sequence as a whole
 * @param blockSize tokens in a block
 */
record TextSetting(int limit, TextForm form, int[] ends, boolean keepsWhole, int blockSize) {
  /**
   * The position at which what is kept as a whole is next worth keeping: where texts part, and
   * where prompts end; 0 if nothing is.
   *
   * @param seen tokens that another text had too
   * @param begun tokens of the prompt
   */
  int snapshot(int done, int seen, int begun) {
    if (!keepsWhole) {
      return 0;
    }
    return done < seen ? seen : lastBoundary(begun);
  }

  /** The end of the last whole block before a prompt's last token. */
  int lastBoundary(int begun) {
    return (begun - 1) / blockSize * blockSize;
  }
}
