package dev.puna.tokenizer.train;

import java.util.Arrays;

/** Pairs by the counts they had when they were added, the greatest first: a binary heap. */
final class PairQueue {
  /** Orders pairs of equal counts: below zero if {@code a} comes first. */
  interface Order {
    int compare(int a, int b);
  }

  private final Order order;
  private int[] pairs = new int[1 << 10];
  private long[] counts = new long[1 << 10];
  private int size;

  PairQueue(Order order) {
    this.order = order;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long topCount() {
    return counts[0];
  }

  void add(int pair, long count) {
    if (size == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    int i = size++;
    for (int parent; i > 0; i = parent) {
      parent = (i - 1) >> 1;
      if (!isBefore(pair, count, parent)) {
        break;
      }
      move(parent, i);
    }
    pairs[i] = pair;
    counts[i] = count;
  }

  int removeTop() {
    int top = pairs[0];
    int pair = pairs[--size];
    long count = counts[size];
    int i = 0;
    for (int child; (child = 2 * i + 1) < size; i = child) {
      if (child + 1 < size && isBefore(pairs[child + 1], counts[child + 1], child)) {
        child++;
      }
      if (!isBefore(pairs[child], counts[child], pair, count)) {
        break;
      }
      move(child, i);
    }
    pairs[i] = pair;
    counts[i] = count;
    return top;
  }

  private void move(int from, int to) {
    pairs[to] = pairs[from];
    counts[to] = counts[from];
  }

  private boolean isBefore(int pair, long count, int other) {
    return isBefore(pair, count, pairs[other], counts[other]);
  }

  private boolean isBefore(int pair, long count, int otherPair, long otherCount) {
    return count != otherCount ? count > otherCount : order.compare(pair, otherPair) < 0;
  }
}
