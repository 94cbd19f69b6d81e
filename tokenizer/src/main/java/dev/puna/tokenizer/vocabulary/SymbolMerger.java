package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.LongHeap;
import java.util.Arrays;

/**
 * Byte pair encoding of the symbols of a word: of all pairs of neighbours the one with the lowest
 * rank is merged, the leftmost of equal ones, until no pair merges. Short words are searched again
 * after each merge; for long ones neighbours are a linked list and pairs a heap, so that the cost
 * grows with n log n. For one thread.
 */
final class SymbolMerger {
  private static final int SHORT = 40;
  private static final int NONE = MergeTable.NONE;

  private final MergeTable merges;
  private int[] symbols = new int[64];
  private int count;

  /** The rank of each symbol with the one that follows. */
  private int[] ranks = new int[64];

  private int[] previous = {};
  private int[] next = {};
  private final LongHeap heap = new LongHeap();
  private int limit = NONE;

  SymbolMerger(MergeTable merges) {
    this.merges = merges;
  }

  void clear() {
    count = 0;
  }

  void add(int symbol) {
    if (count == symbols.length) {
      symbols = Arrays.copyOf(symbols, 2 * count);
      ranks = new int[2 * count];
    }
    symbols[count++] = symbol;
  }

  int count() {
    return count;
  }

  int symbol(int index) {
    return symbols[index];
  }

  /** Merges what there is; afterwards there are fewer symbols. */
  void merge() {
    merge(NONE);
  }

  /** Merges what has a rank below a limit. */
  void merge(int limit) {
    this.limit = limit;
    for (int i = 0; i + 1 < count; i++) {
      ranks[i] = rank(i, i + 1);
    }
    if (count <= SHORT) {
      mergeShort();
    } else {
      mergeLong();
    }
  }

  private int rank(int left, int right) {
    int rank = merges.rank(symbols[left], symbols[right]);
    return rank < limit ? rank : NONE;
  }

  private void mergeShort() {
    while (count > 1) {
      int best = 0;
      for (int i = 1; i + 1 < count; i++) {
        if (ranks[i] < ranks[best]) {
          best = i;
        }
      }
      if (ranks[best] == NONE) {
        return;
      }
      symbols[best] = merges.merged(ranks[best]);
      count--;
      System.arraycopy(symbols, best + 2, symbols, best + 1, count - best - 1);
      if (best + 1 < count) {
        System.arraycopy(ranks, best + 2, ranks, best + 1, Math.max(0, count - best - 2));
        ranks[best] = rank(best, best + 1);
      }
      if (best > 0) {
        ranks[best - 1] = rank(best - 1, best);
      }
    }
  }

  private void mergeLong() {
    if (next.length < count) {
      previous = new int[symbols.length];
      next = new int[symbols.length];
    }
    heap.clear();
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < count ? i + 1 : -1;
    }
    ranks[count - 1] = NONE;
    for (int i = 0; i < count; i++) {
      push(i);
    }
    while (!heap.isEmpty()) {
      long top = heap.removeSmallest();
      int left = (int) top;
      if (ranks[left] == (int) (top >> 32)) {
        join(left);
      }
    }
    int kept = 0;
    for (int i = 0; i != -1; i = next[i]) {
      symbols[kept++] = symbols[i];
    }
    count = kept;
  }

  private void join(int left) {
    int right = next[left];
    symbols[left] = merges.merged(ranks[left]);
    ranks[right] = NONE;
    int after = next[right];
    next[left] = after;
    if (after == -1) {
      ranks[left] = NONE;
    } else {
      previous[after] = left;
      ranks[left] = rank(left, after);
      push(left);
    }
    int before = previous[left];
    if (before != -1) {
      ranks[before] = rank(before, left);
      push(before);
    }
  }

  private void push(int left) {
    if (ranks[left] == NONE) {
      return;
    }
    heap.add((long) ranks[left] << 32 | left);
  }
}
