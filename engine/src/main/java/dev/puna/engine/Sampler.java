package dev.puna.engine;

import java.util.SplittableRandom;

/** Draws tokens for one sequence. Keeps its buffers, so that a token costs no allocation. */
final class Sampler {
  private static final int[] NOTHING = {};

  private final Sampling sampling;
  private final SplittableRandom random;
  private final TokenHeap heap = new TokenHeap();
  private final LogitFilters filters;
  private double[] mass = new double[0];

  Sampler(Sampling sampling) {
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
    this.filters = new LogitFilters(sampling);
  }

  int next(float[] logits, int[] context, int length, int begun) {
    return next(logits, context, length);
  }

  /** The next token of a text that has none yet. */
  int next(float[] logits) {
    return next(logits, NOTHING, 0);
  }

  /**
   * The next token.
   *
   * @param context the tokens so far, the prompt's included; the first {@code length} count
   */
  int next(float[] logits, int[] context, int length) {
    if (sampling.onlyNucleus()) {
      return sampling.temperature() == 0 ? likeliest(logits) : draw(logits);
    }
    float[] filtered = filters.apply(logits, context, length);
    int best = likeliest(filtered);
    if (filtered[best] == Float.NEGATIVE_INFINITY) {
      return likeliest(logits); // every token is banned: no ban is then
    }
    return sampling.temperature() == 0 ? best : filters.draw(random.nextDouble());
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
    if (mass.length != n) {
      mass = new double[n];
    }
    double max = logits[likeliest(logits)];
    double total = 0;
    for (int i = 0; i < n; i++) {
      total += Math.exp((logits[i] - max) / sampling.temperature());
    }
    if (sampling.topK() == 0 && sampling.topP() == 1) {
      return among(logits, max, random.nextDouble() * total);
    }
    heap.fill(logits);
    int limit = sampling.topK() == 0 ? n : Math.min(n, sampling.topK());
    // Two passes would be needed to renormalize by the top-k's mass before top-p cuts: keep it
    // here.
    double kept = 0;
    int taken = 0;
    while (taken < limit) {
      int token = heap.pop(logits);
      mass[taken++] = Math.exp((logits[token] - max) / sampling.temperature());
      kept += mass[taken - 1];
      if (sampling.topK() == 0 && kept >= sampling.topP() * total) {
        break;
      }
    }
    return pick(sampling.topK() == 0 ? taken : nucleus(taken, kept));
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

  private int pick(int candidates) {
    double sum = 0;
    for (int i = 0; i < candidates; i++) {
      sum += mass[i];
    }
    double at = random.nextDouble() * sum;
    for (int i = 0; i < candidates; i++) {
      at -= mass[i];
      if (at < 0) {
        return heap.popped(i);
      }
    }
    return heap.popped(candidates - 1);
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
}
