package dev.puna.engine;

import java.util.Arrays;

/** The k-th largest of numbers that come one by one: a heap of the k largest so far. */
final class LeastOfLargest {
  private float[] heap = new float[0];
  private int k;

  /** Begins anew: as if there had been k times negative infinity. */
  void begin(int count) {
    if (heap.length < count) {
      heap = new float[count];
    }
    k = count;
    Arrays.fill(heap, 0, k, Float.NEGATIVE_INFINITY);
  }

  /**
   * Takes the place of the k-th largest so far, which {@code x} is larger than; returns the new.
   */
  float replace(float x) {
    int i = 0;
    while (2 * i + 1 < k) {
      int child = 2 * i + 1;
      if (child + 1 < k && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= x) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = x;
    return heap[0];
  }
}
