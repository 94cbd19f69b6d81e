package dev.puna.engine;

import java.util.Arrays;

/**
 * The chain of a {@link Sampling} over the logits of one token: bias and penalties, then cuts.
 * Keeps its buffers, so that a token costs no allocation.
 */
final class LogitFilters {
  /** Below this a temperature makes no difference, but its inverse may be infinite. */
  private static final double LEAST_TEMPERATURE = 1e-6;

  private static final double ALL = Double.NEGATIVE_INFINITY;

  private final Sampling sampling;
  private final LogitPenalties penalties;
  private final Likeliest likeliest = new Likeliest();
  private final Likeliest likeliestRaw = new Likeliest(); // each remembers its array
  private final Candidates candidates = new Candidates();
  private float[] penalized = new float[0];

  LogitFilters(Sampling sampling) {
    this.sampling = sampling;
    penalties = new LogitPenalties(sampling);
  }

  /** {@link Sampling#filter(float[], int[], int)}: the logits that are drawn from, [V]. */
  float[] apply(float[] row, int[] text, int length, int begun) {
    float[] filtered = penalized(row, text, length, begun).clone();
    if (sampling.temperature() > 0) {
      Candidates left = cut(row, filtered, length);
      if (sampling.truncation() instanceof Mirostat mirostat && left.count() > 0) {
        cutSurprise(2 * mirostat.tau());
      }
      Arrays.fill(filtered, Float.NEGATIVE_INFINITY);
      left.scaled(filtered);
    }
    return filtered;
  }

  /**
   * Applies bias and penalties, in place.
   *
   * @param text the tokens so far; the first {@code length} count, {@code begun} of them a prompt
   */
  void penalize(float[] row, int[] text, int length, int begun) {
    penalties.apply(row, text, length, begun);
  }

  /** Likewise, but leaves the row as it is; the result is overwritten by the next call. */
  float[] penalized(float[] row, int[] text, int length, int begun) {
    if (penalties.none()) {
      return row;
    }
    float[] copy = copy(row);
    penalties.apply(copy, text, length, begun);
    return copy;
  }

  /** With the bias alone: what there is to draw from where penalties have banned everything. */
  float[] biased(float[] row) {
    float[] copy = copy(row);
    penalties.bias(copy);
    return copy;
  }

  private float[] copy(float[] row) {
    if (penalized.length != row.length) {
      penalized = new float[row.length];
    }
    System.arraycopy(row, 0, penalized, 0, row.length);
    return penalized;
  }

  /**
   * What the {@link Cuts} leave, weighed; Mirostat's cut is not among them, as it has to know the
   * weights of all. Nothing, if all is banned.
   *
   * @param raw the model's logits, [V]
   * @param row the same, penalized
   * @param position tokens of the text so far
   */
  Candidates cut(float[] raw, float[] row, int position) {
    double temperature = Math.max(sampling.temperature(), LEAST_TEMPERATURE);
    switch (sampling.truncation()) {
      case Cuts cuts -> {
        double least = cuts.topNSigma() > 0 ? leastBySigma(raw, row, cuts.topNSigma()) : ALL;
        if (cuts.topK() > 0 && cuts.topK() < row.length) {
          candidates.likeliest(row, cuts.topK(), least);
        } else {
          candidates.above(row, least);
        }
        candidates.weigh(temperature);
        if (candidates.count() > 1) {
          cutByProbability(cuts, position);
        }
      }
      case Mirostat mirostat -> {
        candidates.above(row, ALL);
        candidates.weigh(temperature);
      }
    }
    return candidates;
  }

  private void cutByProbability(Cuts cuts, int position) {
    if (cuts.topP() < 1) {
      candidates.topP(cuts.topP());
    }
    if (cuts.minP() > 0) {
      candidates.atLeast(cuts.minP() * candidates.weight(candidates.likeliest()));
    }
    if (cuts.typical() < 1) {
      candidates.typical(cuts.typical());
    }
    if (cuts.epsilon() > 0) {
      candidates.atLeast(cuts.epsilon() * candidates.total());
    }
    if (cuts.eta() > 0) {
      candidates.eta(cuts.eta());
    }
    double probability = cuts.xtc().probability();
    if (probability > 0
        && Uniform.at(sampling.seed(), position, Uniform.Purpose.XTC) < probability) {
      candidates.excludeTop(cuts.xtc().threshold());
    }
  }

  /** Cuts what is more surprising than μ bits; the likeliest never is. */
  void cutSurprise(double mu) {
    candidates.atLeast(candidates.total() * Math.pow(2, -mu));
  }

  /** max x - n σ: the largest logit after penalties, the deviation before. */
  private double leastBySigma(float[] raw, float[] row, double n) {
    double shift = raw[likeliestRaw.of(raw)]; // near the largest, sums stay exact
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (float x : raw) {
      if (x > Float.NEGATIVE_INFINITY) {
        double d = x - shift;
        sum += d;
        squares += d * d;
        count++;
      }
    }
    double mean = sum / Math.max(1, count);
    double variance = Math.max(0, squares / Math.max(1, count) - mean * mean);
    return row[likeliest.of(row)] - n * Math.sqrt(variance);
  }
}
