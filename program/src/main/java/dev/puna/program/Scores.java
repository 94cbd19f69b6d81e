package dev.puna.program;

import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of q·k before the softmax, beside the heads' scale: s = cap · tanh(scale·g(p)·q·k /
 * cap) + bias.
 *
 * @param cap 0 leaves scores as they are (Gemma 2 caps them)
 * @param bias added by distance
 * @param logFrom beyond so many positions a query at position p is scaled by g(p) = log_logFrom(p +
 *     1), so that attention to a long text is as sharp as to a short one; 0: never
 */
public record Scores(float cap, Bias bias, int logFrom) {
  /** Scaled dot products, nothing else. */
  public static final Scores PLAIN = new Scores(0, new None(), 0);

  public static Scores capped(float cap) {
    return new Scores(cap, new None(), 0);
  }

  public static Scores biased(Bias bias) {
    return new Scores(0, bias, 0);
  }

  /** g(p). */
  public float growth(int position) {
    return logFrom == 0 || position + 1 <= logFrom
        ? 1
        : (float) (Math.log(position + 1) / Math.log(logFrom));
  }

  /** What is added to the score of a pair of positions. */
  public sealed interface Bias {}

  /** Nothing. */
  public record None() implements Bias {}

  /**
   * slope · (j - t) for a query at t and a key at j (ALiBi, Press et al. 2022).
   *
   * @param slopes one for each head
   */
  public record Alibi(List<Float> slopes) implements Bias {
    public Alibi {
      slopes = List.copyOf(slopes);
    }

    /**
     * The paper's slopes for any number of heads: 2^(-max·i/n), n being the next power of two; of
     * another number every second one first, then those between.
     *
     * @param max exponent of the last head's slope, 8 in the paper
     * @param factor of all slopes
     */
    public static Alibi of(int heads, double max, double factor) {
      int whole = Integer.highestOneBit(heads);
      int n = whole == heads ? heads : 2 * whole;
      List<Float> slopes = new ArrayList<>();
      for (int i = 0; i < heads; i++) {
        int exponent = n == heads ? i + 1 : i < n / 2 ? 2 * (i + 1) : 2 * (i - n / 2) + 1;
        slopes.add((float) (factor * Math.pow(2, -max * exponent / n)));
      }
      return new Alibi(slopes);
    }
  }

  /**
   * table[bucket(j - t), head], learned for distances in buckets that widen (T5, Raffel et al.
   * 2020): half of them hold one distance each, the others grow with its logarithm.
   *
   * @param count number of buckets
   * @param far distances from here on share the last bucket
   * @param bothWays whether later positions have half of the buckets
   */
  public record Buckets(int count, int far, boolean bothWays) implements Bias {
    /**
     * @param distance j - t
     */
    public int bucket(int distance) {
      int base = bothWays && distance > 0 ? count / 2 : 0;
      int buckets = bothWays ? count / 2 : count;
      int n = bothWays ? Math.abs(distance) : Math.max(-distance, 0);
      int exact = buckets / 2;
      if (n < exact) {
        return base + n;
      }
      // single precision, as the checkpoints were trained with: borders would move otherwise
      float log = (float) Math.log((float) n / exact) / (float) Math.log((double) far / exact);
      return base + Math.min(buckets - 1, exact + (int) (log * (buckets - exact)));
    }
  }
}
