package dev.puna.engine;

/**
 * The chain of {@link Sampling}'s penalties and cuts over the logits of one token, in that record's
 * order. What is cut becomes negative infinity; each cut looks at the probabilities of what the one
 * before has left. Keeps its buffers, so that a token costs no allocation.
 */
final class LogitFilters {
  private static final float CUT = Float.NEGATIVE_INFINITY;

  private final Sampling sampling;
  private final TokenHeap heap = new TokenHeap();
  private float[] logits = new float[0];
  private float[] keys = new float[0];

  /** The tokens that are left, ever fewer. */
  private int[] kept = new int[0];

  private int count;

  /** The round in which a token was last met, for penalties that count it once. */
  private int[] met = new int[0];

  private int round;

  LogitFilters(Sampling sampling) {
    this.sampling = sampling;
  }

  /**
   * The filtered logits, [V]: a buffer that the next call overwrites. With temperature 0 only the
   * penalties apply, as the cuts are there for drawing.
   *
   * @param row raw logits, [V]; left as they are
   * @param context the tokens so far; the first {@code length} count
   */
  float[] apply(float[] row, int[] context, int length) {
    if (logits.length != row.length) {
      logits = new float[row.length];
      keys = new float[row.length];
      kept = new int[row.length];
    }
    System.arraycopy(row, 0, logits, 0, row.length);
    penalize(logits, context, length);
    if (sampling.temperature() > 0) {
      cut();
    }
    return logits;
  }

  void penalize(float[] row, int[] context, int length, int begun) {
    penalize(row, context, length);
  }

  /** Applies the repetition penalty and bans repeated n-grams, in place. */
  void penalize(float[] row, int[] context, int length) {
    if (sampling.repetitionPenalty() != 1) {
      penalizeRepetition(row, context, length);
    }
    if (sampling.noRepeatNgram() > 0) {
      banNgrams(row, context, length, sampling.noRepeatNgram());
    }
  }

  private void penalizeRepetition(float[] row, int[] context, int length) {
    if (met.length != row.length || round == Integer.MAX_VALUE) {
      met = new int[row.length];
      round = 0;
    }
    round++;
    double penalty = sampling.repetitionPenalty();
    for (int i = 0; i < length; i++) {
      int token = context[i];
      if (met[token] != round) {
        met[token] = round;
        row[token] = (float) (row[token] < 0 ? row[token] * penalty : row[token] / penalty);
      }
    }
  }

  /** A place where the last n - 1 tokens stood before bans the token that followed them there. */
  private static void banNgrams(float[] row, int[] context, int length, int n) {
    int end = length - (n - 1);
    for (int at = 0; at < end; at++) {
      int same = 0;
      while (same < n - 1 && context[at + same] == context[end + same]) {
        same++;
      }
      if (same == n - 1) {
        row[context[at + n - 1]] = CUT;
      }
    }
  }

  // ---- the cuts ----

  private void cut() {
    count = 0;
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > CUT) {
        logits[i] = (float) (logits[i] / sampling.temperature());
        kept[count++] = i;
      }
    }
    if (sampling.topK() > 0 && sampling.topK() < count) {
      topK();
    }
    if (sampling.topP() < 1) {
      topP();
    }
    if (sampling.minP() > 0) {
      keepFrom(logits, max() + Math.log(sampling.minP()));
    }
    if (sampling.typical() < 1) {
      typical();
    }
    if (sampling.epsilon() > 0) {
      double max = max();
      keepFrom(logits, Math.min(max, logTotal(max) + Math.log(sampling.epsilon())));
    }
    if (sampling.eta() > 0) {
      eta();
    }
  }

  /** Keeps those as likely as the k-th, which may be more than k. */
  private void topK() {
    heap.fill(logits, kept, count);
    int token = 0;
    for (int i = 0; i < sampling.topK(); i++) {
      token = heap.pop(logits);
    }
    keepFrom(logits, logits[token]);
  }

  private void topP() {
    double max = max();
    double wanted = sampling.topP() * Math.exp(logTotal(max) - max);
    heap.fill(logits, kept, count);
    double sum = 0;
    int taken = 0;
    while (heap.left() > 0 && (taken == 0 || sum < wanted)) {
      int token = heap.pop(logits);
      kept[taken++] = token;
      sum += Math.exp(logits[token] - max);
    }
    for (int i = 0; i < heap.left(); i++) {
      logits[heap.rest(i)] = CUT;
    }
    count = taken;
  }

  private void typical() {
    double max = max();
    double logTotal = logTotal(max);
    double entropy = entropy(logTotal);
    for (int i = 0; i < count; i++) {
      keys[kept[i]] = (float) -Math.abs(logTotal - logits[kept[i]] - entropy);
    }
    heap.fill(keys, kept, count);
    double sum = 0;
    float last = 0;
    while (heap.left() > 0 && sum < sampling.typical()) {
      int token = heap.pop(keys);
      sum += Math.exp(logits[token] - logTotal);
      last = keys[token];
    }
    keepFrom(keys, last);
  }

  private void eta() {
    double max = max();
    double logTotal = logTotal(max);
    double logEpsilon = Math.log(sampling.eta());
    double threshold = Math.min(logEpsilon, logEpsilon / 2 - entropy(logTotal));
    keepFrom(logits, Math.min(max, logTotal + threshold));
  }

  /** Of what is left keeps the tokens whose key is at least {@code least}. */
  private void keepFrom(float[] by, double least) {
    int left = 0;
    for (int i = 0; i < count; i++) {
      int token = kept[i];
      if (by[token] >= least) {
        kept[left++] = token;
      } else {
        logits[token] = CUT;
      }
    }
    count = left;
  }

  private double max() {
    float max = CUT;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, logits[kept[i]]);
    }
    return max;
  }

  /** ln Σ exp(logit), so that a token's ln p is its logit less this. */
  private double logTotal(double max) {
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += Math.exp(logits[kept[i]] - max);
    }
    return max + Math.log(total);
  }

  /** H = -Σ p ln p, in nats. */
  private double entropy(double logTotal) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double logP = logits[kept[i]] - logTotal;
      sum -= Math.exp(logP) * logP;
    }
    return sum;
  }

  /**
   * Draws from what the last {@link #apply} left.
   *
   * @param at from 0 to 1, the draw
   */
  int draw(double at) {
    double max = max();
    double left = at * Math.exp(logTotal(max) - max);
    for (int i = 0; i < count; i++) {
      left -= Math.exp(logits[kept[i]] - max);
      if (left < 0) {
        return kept[i];
      }
    }
    return kept[count - 1];
  }
}
