package dev.puna.engine;

import dev.puna.tensor.PunaException;

/**
 * Which log-probabilities come with a text: ln p of the model's own distribution, before penalties,
 * temperature and cuts.
 *
 * @param wanted whether each new token's is wanted
 * @param top how many of the likeliest tokens at its place are wanted beside it
 * @param prompt whether the prompt's tokens are scored too, from the second one on
 */
public record LogProbs(boolean wanted, int top, boolean prompt) {
  /** None. */
  public static final LogProbs NONE = new LogProbs(false, 0, false);

  /** Most likely tokens that can be asked for. */
  public static final int MOST = 100;

  public LogProbs {
    if (top < 0 || top > MOST) {
      throw new PunaException(
          "the log-probabilities of " + top + " tokens", "ask for 0 to " + MOST);
    }
  }

  /** Each new token's, with those of the likeliest ones beside it. */
  public static LogProbs top(int count) {
    return new LogProbs(true, count, false);
  }

  /** Also those of the prompt's tokens. */
  public LogProbs withPrompt() {
    return new LogProbs(wanted, top, true);
  }
}
