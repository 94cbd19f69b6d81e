package dev.puna.tokenizer.train;

/**
 * Words as sequences of symbols.
 *
 * @param symbols of all words, one after the other; what follows the last one does not count
 * @param starts where each word begins; one more for the end
 * @param counts how often each was seen
 */
record Words(int[] symbols, int[] starts, long[] counts) {
  /** The number of symbols of all words. */
  int length() {
    return starts[counts.length];
  }

  int size() {
    return counts.length;
  }
}
