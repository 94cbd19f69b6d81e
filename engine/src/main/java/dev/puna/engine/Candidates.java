package dev.puna.engine;

import java.util.Arrays;

/**
 * The tokens that the next one is drawn among, ever fewer as cuts take theirs. Their probabilities
 * are kept as weights, w = exp((x - max x) / T) of the tokens that there were at first: a cut needs
 * no new exponentials, p = w / Σ w. Tokens stay in the order of their ids. Keeps its buffers, which
 * grow with the most tokens there ever were.
 */
final class Candidates {
  private static final int FIRST_CAPACITY = 1024;

  /** Weights between 2^-i and 2^(1-i) are of octave i; the last holds {@link Softmax#FLOOR}. */
  private static final int OCTAVES = 80;

  private final LeastOfLargest largest = new LeastOfLargest();
  private final FallingOrder order = new FallingOrder();
  private final double[] octaves = new double[OCTAVES];
  private int[] tokens = new int[FIRST_CAPACITY];
  private float[] logits = new float[FIRST_CAPACITY];
  private double[] weights = new double[0];
  private double[] keys = new double[0];
  private int count;
  private double max;
  private double temperature;

  int count() {
    return count;
  }

  int token(int i) {
    return tokens[i];
  }

  double weight(int i) {
    return weights[i];
  }

  /** Their logits over the temperature, at their places in {@code row}, [V]. */
  void scaled(float[] row) {
    for (int i = 0; i < count; i++) {
      row[tokens[i]] = (float) (logits[i] / temperature);
    }
  }

  // ---- who they are ----

  /**
   * All tokens whose logit is at least {@code least}, and not negative infinity.
   *
   * @param row logits, [V]
   */
  void above(float[] row, double least) {
    ensure(row.length);
    float bound = (float) Math.max(least, -Float.MAX_VALUE);
    int n = 0;
    for (int i = 0; i < row.length; i++) {
      float x = row[i];
      if (x >= bound) {
        tokens[n] = i;
        logits[n++] = x;
      }
    }
    count = n;
  }

  /**
   * Of these the k likeliest, and what is as likely as the last. One pass: whatever is as large as
   * the k-th largest so far is noted, and what was not large enough in the end is dropped.
   */
  void likeliest(float[] row, int k, double least) {
    largest.begin(k);
    float bound = (float) Math.max(least, -Float.MAX_VALUE);
    count = 0;
    for (int i = 0; i < row.length; i++) {
      float x = row[i];
      if (x >= bound) {
        note(i, x);
        bound = Math.max(bound, largest.replace(x));
      }
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (logits[i] >= bound) {
        tokens[kept] = tokens[i];
        logits[kept++] = logits[i];
      }
    }
    count = kept;
  }

  private void note(int token, float logit) {
    if (count == tokens.length) {
      ensure(count + 1);
    }
    tokens[count] = token;
    logits[count++] = logit;
  }

  private void ensure(int capacity) {
    if (tokens.length < capacity) {
      int grown = Math.max(capacity, 2 * tokens.length);
      tokens = Arrays.copyOf(tokens, grown);
      logits = Arrays.copyOf(logits, grown);
    }
  }

  /** Weighs them; the cuts below need it. */
  void weigh(double t) {
    temperature = t;
    if (weights.length < count) {
      weights = new double[tokens.length];
    }
    float m = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      float x = logits[i];
      if (x > m) {
        m = x;
      }
    }
    max = m;
    Softmax.weights(logits, 0, count, max, temperature, weights);
  }

  // ---- cuts ----

  /** Σ w. */
  double total() {
    return Softmax.sum(weights, count);
  }

  /** The place of the likeliest, the first of equals. */
  int likeliest() {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (weights[i] > weights[best]) {
        best = i;
      }
    }
    return best;
  }

  /** w ≥ {@code least}, and the likeliest anyway. */
  void atLeast(double least) {
    keepFrom(weights, Math.min(least, weights[likeliest()]));
  }

  /**
   * Only octaves are added up at first: those wholly in are kept, and no more than the tokens of
   * the one where the sum reaches p are put in order.
   */
  void topP(double p) {
    double wanted = p * total();
    Arrays.fill(octaves, 0);
    for (int i = 0; i < count; i++) {
      octaves[octave(i)] += weights[i];
    }
    double sum = 0;
    int last = 0;
    while (last < OCTAVES - 1 && sum + octaves[last] < wanted) {
      sum += octaves[last++];
    }
    order.clear(count);
    for (int i = 0; i < count; i++) {
      if (octave(i) == last) {
        order.add(i);
      }
    }
    order.order(weights);
    int place = -1;
    while (order.left() > 0 && sum < wanted) {
      place = order.take(weights);
      sum += weights[place];
    }
    if (place >= 0) { // else rounding has hidden the end of the sum: all are needed
      keepThrough(place);
    }
  }

  private int octave(int i) {
    return -Math.getExponent(weights[i]);
  }

  /** The fewest of nearest to the expected information that hold {@code probability}. */
  void typical(double probability) {
    if (keys.length < count) {
      keys = new double[tokens.length];
    }
    double total = total();
    double entropy = entropy(total);
    order.clear(count);
    for (int i = 0; i < count; i++) {
      keys[i] = -Math.abs(Math.log(total) - logWeight(i) - entropy);
      order.add(i);
    }
    order.order(keys);
    double sum = 0;
    double last = 0;
    while (order.left() > 0 && sum < probability * total) {
      int place = order.take(keys);
      sum += weights[place];
      last = keys[place];
    }
    keepFrom(keys, last);
  }

  void eta(double eta) {
    double total = total();
    atLeast(total * Math.min(eta, Math.sqrt(eta) * Math.exp(-entropy(total))));
  }

  /** Keeps the least likely of those with p ≥ t, the last of equals, and all with less. */
  void excludeTop(double threshold) {
    double least = threshold * total();
    int spared = -1;
    for (int i = 0; i < count; i++) {
      if (weights[i] >= least && (spared < 0 || weights[i] <= weights[spared])) {
        spared = i;
      }
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] < least || i == spared) {
        move(i, kept++);
      }
    }
    count = kept;
  }

  /** ln w, of any size. */
  private double logWeight(int i) {
    return (logits[i] - max) / temperature;
  }

  /** H = -Σ p ln p = ln Σ w - Σ w ln w / Σ w, in nats. */
  private double entropy(double total) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double logWeight = logWeight(i);
      sum += logWeight > Softmax.FLOOR ? weights[i] * logWeight : 0;
    }
    return Math.log(total) - sum / total;
  }

  private void keepFrom(double[] by, double least) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (by[i] >= least) {
        move(i, kept++);
      }
    }
    count = kept;
  }

  /** Keeps what comes before a place in the falling order of weights, and that place. */
  private void keepThrough(int place) {
    double least = weights[place];
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] > least || (weights[i] == least && i <= place)) {
        move(i, kept++);
      }
    }
    count = kept;
  }

  private void move(int from, int to) {
    tokens[to] = tokens[from];
    logits[to] = logits[from];
    weights[to] = weights[from];
  }

  // ---- the draw ----

  /**
   * The place of the token that is drawn.
   *
   * @param at from 0 to 1, evenly distributed
   */
  int draw(double at) {
    double rest = at * total();
    for (int i = 0; i < count; i++) {
      rest -= weights[i];
      if (rest < 0) {
        return i;
      }
    }
    return likeliest(); // rounding has lost the last of it
  }
}
