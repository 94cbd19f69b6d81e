package dev.puna.engine;

import java.util.ArrayList;
import java.util.List;

/** The likeliest tokens of a row of logits. */
final class Guesses {
  private Guesses() {}

  /**
   * The {@code count} likeliest tokens, or all that there are, the likeliest first; of equal ones
   * that with the lower number.
   */
  static List<Insight.Guess> likeliest(float[] logits, int count) {
    int[] best = new int[Math.min(count, logits.length)];
    int found = 0;
    for (int token = 0; token < logits.length; token++) {
      if (found == best.length && !(logits[token] > logits[best[found - 1]])) {
        continue;
      }
      int at = found < best.length ? found++ : found - 1;
      while (at > 0 && logits[token] > logits[best[at - 1]]) {
        best[at] = best[at - 1];
        at--;
      }
      best[at] = token;
    }
    double whole = logSumExp(logits, logits[best[0]]);
    List<Insight.Guess> guesses = new ArrayList<>();
    for (int token : best) {
      guesses.add(new Insight.Guess(token, (float) (logits[token] - whole)));
    }
    return List.copyOf(guesses);
  }

  private static double logSumExp(float[] logits, float largest) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp((double) logit - largest);
    }
    return largest + Math.log(sum);
  }
}
