package dev.puna.engine;

import java.util.SplittableRandom;

/** Draws tokens for one sequence. Keeps its buffers, so that a token costs no allocation. */
final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;
  private int[] heap = new int[0];
  private double[] mass = new double[0];

  Sampler(Sampling sampling) {
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
  }

  /** The next token. */
  int next(float[] logits) {
    return sampling.temperature() == 0 ? likeliest(logits) : draw(logits);
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best; // the first of equals
    }
    return best;
  }

  /** Takes candidates off a heap, the likeliest first, until top-k or top-p is reached. */
  private int draw(float[] logits) {
    int n = logits.length;
    if (heap.length != n) {
      heap = new int[n];
      mass = new double[n];
    }
    double max = logits[likeliest(logits)];
    double total = 0;
    for (int i = 0; i < n; i++) {
      heap[i] = i;
      total += Math.exp((logits[i] - max) / sampling.temperature());
    }
    if (sampling.topK() == 0 && sampling.topP() == 1) {
      return among(logits, max, random.nextDouble() * total);
    }
    for (int i = n / 2 - 1; i >= 0; i--) {
      sink(logits, i, n);
    }
    int limit = sampling.topK() == 0 ? n : Math.min(n, sampling.topK());
    // Two passes would be needed to renormalize by the top-k's mass before top-p cuts: keep it
    // here.
    double kept = 0;
    int taken = 0;
    while (taken < limit) {
      int token = heap[0];
      heap[0] = heap[n - 1 - taken];
      heap[n - 1 - taken] = token;
      sink(logits, 0, n - 1 - taken);
      mass[taken++] = Math.exp((logits[token] - max) / sampling.temperature());
      kept += mass[taken - 1];
      if (sampling.topK() == 0 && kept >= sampling.topP() * total) {
        break;
      }
    }
    int candidates = sampling.topK() == 0 ? taken : nucleus(taken, kept);
    return pick(candidates, n);
  }

  /** How many of the taken candidates hold top-p of their own mass; at least one. */
  private int nucleus(int taken, double kept) {
    double sum = 0;
    for (int i = 0; i < taken; i++) {
      sum += mass[i];
      if (sum >= sampling.topP() * kept) {
        return i + 1;
      }
    }
    return taken;
  }

  private int pick(int candidates, int n) {
    double sum = 0;
    for (int i = 0; i < candidates; i++) {
      sum += mass[i];
    }
    double at = random.nextDouble() * sum;
    for (int i = 0; i < candidates; i++) {
      at -= mass[i];
      if (at < 0) {
        return heap[n - 1 - i];
      }
    }
    return heap[n - candidates];
  }

  private int among(float[] logits, double max, double at) {
    int last = 0;
    for (int i = 0; i < logits.length; i++) {
      double p = Math.exp((logits[i] - max) / sampling.temperature());
      if (p > 0) {
        last = i;
      }
      at -= p;
      if (at < 0) {
        return i;
      }
    }
    return last;
  }

  /** Restores the heap's order, larger logits (then smaller ids) first, below {@code i}. */
  private void sink(float[] logits, int i, int size) {
    int token = heap[i];
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && before(logits, heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(logits, heap[child], token)) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = token;
  }

  private static boolean before(float[] logits, int a, int b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  }
}
