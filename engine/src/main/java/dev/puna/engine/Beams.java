package dev.puna.engine;

import dev.puna.tensor.PunaException;

/**
 * How a beam search goes.
 *
 * @param count texts that are followed at once, and kept
 * @param lengthPenalty α: a text of n tokens, its stop token included, scores Σ ln p / n^α; 0
 *     compares plain probabilities, more favours long texts, less short ones
 * @param early when the search ends
 */
public record Beams(int count, double lengthPenalty, EarlyStopping early) {
  /** When a search ends before its texts are as long as they may be. */
  public enum EarlyStopping {
    /** As soon as {@code count} texts have ended. */
    TRUE,
    /**
     * When {@code count} texts have ended and the best open one, were it to end now, would not
     * score better than the worst of them.
     */
    FALSE,
    /**
     * When no open text can come to score better than the worst of those that have ended: as FALSE,
     * but with a positive length penalty the open one is taken to become as long as it may.
     */
    NEVER
  }

  public Beams {
    if (count < 1 || count > 1024) {
      throw new PunaException("there are " + count + " beams", "take from 1 to 1024");
    }
    if (!(Math.abs(lengthPenalty) <= 100)) {
      throw new PunaException(
          "the length penalty is " + lengthPenalty, "it must be between -100 and 100");
    }
  }

  /** So many beams, compared by their mean log-probability. */
  public static Beams of(int count) {
    return new Beams(count, 1, EarlyStopping.FALSE);
  }

  public Beams lengthPenalty(double to) {
    return new Beams(count, to, early);
  }

  public Beams early(EarlyStopping to) {
    return new Beams(count, lengthPenalty, to);
  }
}
