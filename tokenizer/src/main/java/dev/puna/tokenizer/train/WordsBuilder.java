package dev.puna.tokenizer.train;

import dev.puna.tokenizer.text.IntArray;
import java.util.Arrays;

/** Gathers words. Overlong ones are cut, so that work on one word is bounded. */
final class WordsBuilder {
  private final int longest;
  private final IntArray symbols = new IntArray();
  private final IntArray starts = new IntArray();
  private long[] counts = new long[1 << 10];
  private int size;
  private int begun;

  /**
   * @param longest how many symbols a word may have
   */
  WordsBuilder(int longest) {
    this.longest = longest;
    starts.add(0);
  }

  /** Adds a symbol to the word that is being made. */
  void add(int symbol, long count) {
    if (symbols.size() - begun == longest) {
      end(count);
    }
    symbols.add(symbol);
  }

  /** Ends a word, if one was begun. */
  void end(long count) {
    if (symbols.size() == begun) {
      return;
    }
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, 2 * size);
    }
    counts[size++] = count;
    begun = symbols.size();
    starts.add(begun);
  }

  Words words() {
    return new Words(symbols.toArray(), starts.toArray(), Arrays.copyOf(counts, size));
  }
}
