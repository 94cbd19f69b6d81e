package dev.puna.tokenizer.train;

/**
 * Words as sequences of symbols.
 *
 * @param symbols of all words, one after the other
 * @param starts where each word begins; one more for the end
 * @param counts how often each was seen
 */
record Words(int[] symbols, int[] starts, long[] counts) {
  int size() {
    return counts.length;
  }
}
