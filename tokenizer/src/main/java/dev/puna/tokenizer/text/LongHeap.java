package dev.puna.tokenizer.text;

import java.util.Arrays;

/** A binary heap of numbers, the smallest on top. */
public final class LongHeap {
  private long[] heap = new long[64];
  private int size;

  public boolean isEmpty() {
    return size == 0;
  }

  public void clear() {
    size = 0;
  }

  public void add(long entry) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    int i = size++;
    while (i > 0 && heap[(i - 1) >> 1] > entry) {
      heap[i] = heap[(i - 1) >> 1];
      i = (i - 1) >> 1;
    }
    heap[i] = entry;
  }

  /** Takes the smallest one out; there must be one. */
  public long removeSmallest() {
    long top = heap[0];
    long last = heap[--size];
    int i = 0;
    for (int child; (child = 2 * i + 1) < size; i = child) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
  }
}
