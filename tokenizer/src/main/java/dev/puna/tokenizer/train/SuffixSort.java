package dev.puna.tokenizer.train;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveAction;

/**
 * Sorts the suffixes of words by their first symbols: multikey quicksort (Bentley and Sedgewick
 * 1997), whose depth is bounded, since nobody asks for longer pieces.
 */
final class SuffixSort {
  /** Below this many suffixes one thread goes on alone. */
  private static final int ALONE = 1 << 13;

  private static final int FEW = 12;

  private final int[] text;
  private final int deepest;
  private final int[] suffixes;

  private SuffixSort(int[] text, int[] suffixes, int deepest) {
    this.text = text;
    this.suffixes = suffixes;
    this.deepest = deepest;
  }

  /**
   * Sorts places in a text.
   *
   * @param text symbols above 0; 0 ends each word
   * @param suffixes places in it; sorted by what follows, up to a 0
   * @param deepest by how many symbols
   */
  static void sort(int[] text, int[] suffixes, int deepest, int threads) {
    SuffixSort sort = new SuffixSort(text, suffixes, deepest);
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      pool.invoke(sort.new Task(0, suffixes.length, 0));
    }
  }

  private final class Task extends RecursiveAction {
    private static final long serialVersionUID = 1;

    private final int from;
    private final int to;
    private final int depth;

    Task(int from, int to, int depth) {
      this.from = from;
      this.to = to;
      this.depth = depth;
    }

    @Override
    protected void compute() {
      sort(from, to, depth);
      if (depth == 0 && to - from == suffixes.length) {
        helpQuiesce();
      }
    }
  }

  /** Recursion is bounded: it goes into the two smaller of three parts, and on with the largest. */
  private void sort(int start, int end, int startDepth) {
    int from = start;
    int to = end;
    int depth = startDepth;
    while (to - from > FEW && depth < deepest) {
      int pivot = pivot(from, to, depth);
      int less = from;
      int greater = to;
      for (int i = from; i < greater; ) {
        int symbol = text[suffixes[i] + depth];
        if (symbol < pivot) {
          swap(less++, i++);
        } else if (symbol > pivot) {
          swap(i, --greater);
        } else {
          i++;
        }
      }
      // At a word's end there is nothing more to compare.
      int[][] parts = {
        {from, less, depth}, {less, pivot == 0 ? less : greater, depth + 1}, {greater, to, depth}
      };
      int largest = 0;
      for (int p = 1; p < parts.length; p++) {
        largest = parts[p][1] - parts[p][0] > parts[largest][1] - parts[largest][0] ? p : largest;
      }
      for (int p = 0; p < parts.length; p++) {
        if (p != largest) {
          branch(parts[p][0], parts[p][1], parts[p][2]);
        }
      }
      from = parts[largest][0];
      to = parts[largest][1];
      depth = parts[largest][2];
    }
    insertionSort(from, to, depth);
  }

  private void branch(int from, int to, int depth) {
    if (to - from < ALONE) {
      if (to - from > 1) {
        sort(from, to, depth);
      }
    } else {
      new Task(from, to, depth).fork();
    }
  }

  private int pivot(int from, int to, int depth) {
    int a = text[suffixes[from] + depth];
    int b = text[suffixes[(from + to) >>> 1] + depth];
    int c = text[suffixes[to - 1] + depth];
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  private void swap(int i, int j) {
    int suffix = suffixes[i];
    suffixes[i] = suffixes[j];
    suffixes[j] = suffix;
  }

  private void insertionSort(int from, int to, int depth) {
    for (int i = from + 1; i < to; i++) {
      int suffix = suffixes[i];
      int j = i;
      while (j > from && compare(suffix, suffixes[j - 1], depth) < 0) {
        suffixes[j] = suffixes[j - 1];
        j--;
      }
      suffixes[j] = suffix;
    }
  }

  private int compare(int a, int b, int startDepth) {
    for (int depth = startDepth; depth < deepest; depth++) {
      int difference = text[a + depth] - text[b + depth];
      if (difference != 0 || text[a + depth] == 0) {
        return difference;
      }
    }
    return 0;
  }
}
