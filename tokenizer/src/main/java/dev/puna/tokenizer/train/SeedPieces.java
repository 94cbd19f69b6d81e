package dev.puna.tokenizer.train;

import dev.puna.tokenizer.text.IntArray;
import java.util.Arrays;

/**
 * The stretches of words that occur more than once and cannot be longer without occurring less: the
 * inner nodes of the suffix tree, from which Unigram's training starts. Those that cover most
 * symbols of the text count.
 */
final class SeedPieces {
  private final int[] text;
  private final long[] weights;
  private final int[] wordOf;
  private final int longest;
  private final int most;
  private final int space;

  // One entry per stretch that was found.
  private final IntArray froms = new IntArray();
  private final IntArray lengths = new IntArray();
  private long[] covered = new long[1 << 12];

  /**
   * @param words over symbols from 0
   * @param longest the most symbols of a piece
   * @param space the symbol that no piece ends with; -1 for none
   * @param most how many pieces at most
   */
  SeedPieces(Words words, int longest, int space, int most) {
    this.longest = longest;
    this.most = most;
    this.space = space + 1;
    weights = words.counts();
    int size = words.length() + words.size();
    text = new int[size + longest];
    wordOf = new int[size];
    int at = 0;
    for (int word = 0; word < words.size(); word++) {
      for (int i = words.starts()[word]; i < words.starts()[word + 1]; i++) {
        wordOf[at] = word;
        text[at++] = words.symbols()[i] + 1;
      }
      wordOf[at++] = word;
    }
  }

  /**
   * Finds pieces of at least two symbols and their frequencies times lengths, the greatest first.
   */
  Found find(int threads) {
    int[] suffixes = new int[wordOf.length - weights.length];
    for (int at = 0, i = 0; at < wordOf.length; at++) {
      if (text[at] != 0) {
        suffixes[i++] = at;
      }
    }
    SuffixSort.sort(text, suffixes, longest, threads);
    new Intervals(suffixes).run();
    return found();
  }

  /**
   * Pieces.
   *
   * @param symbols of each, from 0
   * @param covered the symbols of the text that each covers: its frequency times its length
   */
  record Found(int[][] symbols, long[] covered) {}

  /** Walks along the sorted suffixes; open intervals share what a stack says. */
  private final class Intervals {
    private final int[] suffixes;
    private final int[] depths;
    private final int[] lefts;
    private final long[] before;
    private int open;
    private long sum;

    Intervals(int[] suffixes) {
      this.suffixes = suffixes;
      depths = new int[longest + 2];
      lefts = new int[longest + 2];
      before = new long[longest + 2];
    }

    void run() {
      int shared = 0;
      for (int i = 0; i < suffixes.length; i++) {
        int suffix = suffixes[i];
        int next = i + 1 < suffixes.length ? shared(suffix, suffixes[i + 1]) : 0;
        long weight = weights[wordOf[suffix]];
        int length = lengthToEnd(suffix);
        if (length > Math.max(shared, next) && weight > 1) {
          // One word holds it, but that was seen more than once.
          add(suffix, length, weight);
        }
        long sumBefore = sum;
        sum += weight;
        close(i, next, sumBefore);
        shared = next;
      }
    }

    /** Ends intervals that are deeper than what the next suffix shares; begins one that is not. */
    private void close(int last, int next, long sumBefore) {
      int left = last;
      long leftSum = sumBefore;
      while (open > 0 && depths[open - 1] > next) {
        open--;
        left = lefts[open];
        leftSum = before[open];
        add(suffixes[left], depths[open], sum - leftSum);
      }
      if (next > 0 && (open == 0 || depths[open - 1] < next)) {
        depths[open] = next;
        lefts[open] = left;
        before[open++] = leftSum;
      }
    }

    private int shared(int a, int b) {
      int depth = 0;
      while (depth < longest && text[a + depth] == text[b + depth] && text[a + depth] != 0) {
        depth++;
      }
      return depth;
    }

    /** The length of a suffix; 0 if it is longer than a piece may be. */
    private int lengthToEnd(int suffix) {
      int length = 0;
      while (length <= longest && text[suffix + length] != 0) {
        length++;
      }
      return length > longest ? 0 : length;
    }
  }

  private void add(int from, int length, long frequency) {
    if (length < 2 || text[from + length - 1] == space) {
      return;
    }
    if (lengths.size() == 4 * most) {
      keepBest();
    }
    if (lengths.size() == covered.length) {
      covered = Arrays.copyOf(covered, 2 * covered.length);
    }
    covered[lengths.size()] = frequency * length;
    froms.add(from);
    lengths.add(length);
  }

  /** The stretches that cover most, the greatest first; of equal ones those found first. */
  private int[] best() {
    Integer[] order = new Integer[lengths.size()];
    Arrays.setAll(order, i -> i);
    Arrays.parallelSort(order, (a, b) -> Long.compare(covered[b], covered[a]));
    return Arrays.stream(order).limit(most).mapToInt(i -> i).toArray();
  }

  private void keepBest() {
    int[] kept = best();
    Arrays.sort(kept);
    for (int i = 0; i < kept.length; i++) {
      froms.set(i, froms.get(kept[i]));
      lengths.set(i, lengths.get(kept[i]));
      covered[i] = covered[kept[i]];
    }
    froms.truncate(kept.length);
    lengths.truncate(kept.length);
  }

  private Found found() {
    int[] order = best();
    int[][] symbols = new int[order.length][];
    long[] covers = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      int from = froms.get(order[i]);
      symbols[i] = Arrays.copyOfRange(text, from, from + lengths.get(order[i]));
      for (int j = 0; j < symbols[i].length; j++) {
        symbols[i][j]--;
      }
      covers[i] = covered[order[i]];
    }
    return new Found(symbols, covers);
  }
}
