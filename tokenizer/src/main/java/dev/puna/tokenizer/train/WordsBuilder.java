package dev.puna.tokenizer.train;

import dev.puna.tokenizer.text.IntArray;
import java.util.Arrays;

/** Gathers words. Overlong ones are cut, so that work on one word is bounded. */
final class WordsBuilder {
  private final int longest;
  private final int[] symbols;
  private final IntArray starts = new IntArray();
  private long[] counts = new long[1 << 10];
  private int size;
  private int begun;
  private int end;

  /**
   * @param longest how many symbols a word may have
   * @param most how many symbols all words may have
   */
  WordsBuilder(int longest, int most) {
    this.longest = longest;
    symbols = new int[most];
    starts.add(0);
  }

  /** Adds a symbol to the word that is being made. */
  void add(int symbol, long count) {
    if (end - begun == longest) {
      end(count);
    }
    symbols[end++] = symbol;
  }

  /** Ends a word, if one was begun. */
  void end(long count) {
    if (end == begun) {
      return;
    }
    if (size == counts.length) {
      counts = Arrays.copyOf(counts, 2 * size);
    }
    counts[size++] = count;
    begun = end;
    starts.add(begun);
  }

  Words words() {
    return new Words(symbols, starts.toArray(), Arrays.copyOf(counts, size));
  }
}
