package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;

/**
 * Guessing what follows, so that several tokens are computed in one step (Leviathan et al. 2023).
 * Each guess is compared with the token that is drawn at its place, and everything from the first
 * wrong one on is thrown away: the text is the one without guessing, greedy or drawn.
 */
public sealed interface Speculation {
  Speculation NONE = new None();

  /** Tokens that are guessed at once, at most. */
  int tokens();

  /** No guessing. */
  record None() implements Speculation {
    @Override
    public int tokens() {
      return 0;
    }
  }

  /**
   * What followed the last time the text had these last tokens (prompt lookup): for texts that
   * repeat what they were given. It costs nothing where nothing repeats.
   *
   * @param ngram most last tokens that are looked for
   */
  record Lookup(int ngram, int tokens) implements Speculation {
    public Lookup {
      check(ngram >= 1 && ngram <= 64, "n-grams of " + ngram + " tokens", "take 1 to 64");
      check(tokens >= 1 && tokens <= 64, "guesses of " + tokens + " tokens", "take 1 to 64");
    }
  }

  /**
   * What a smaller model says, which has the same vocabulary.
   *
   * @param model its file or folder
   */
  record Draft(Path model, int tokens) implements Speculation {
    public Draft {
      check(tokens >= 1 && tokens <= 64, "guesses of " + tokens + " tokens", "take 1 to 64");
    }
  }

  private static void check(boolean holds, String what, String mend) {
    if (!holds) {
      throw new PunaException(what, mend);
    }
  }
}
