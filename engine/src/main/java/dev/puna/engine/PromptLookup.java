package dev.puna.engine;

import java.util.Arrays;
import java.util.List;

/** Guesses that what followed the last tokens before follows them again. */
final class PromptLookup implements Drafter {
  private final Speculation.Lookup options;

  PromptLookup(Speculation.Lookup options) {
    this.options = options;
  }

  @Override
  public void guess(List<Job> running) {
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i) instanceof Sequence s) {
        int most = s.guessable(options.tokens());
        s.guessed(most == 0 ? 0 : find(s, most));
      }
    }
  }

  /** The latest place where the longest n-gram stood before; returns how many follow it. */
  private int find(Sequence s, int most) {
    int[] tokens = s.tokens();
    int length = s.length();
    for (int n = Math.min(options.ngram(), length - 1); n > 0; n--) {
      int tail = length - n;
      for (int at = tail - 1; at >= 0; at--) {
        if (Arrays.equals(tokens, at, at + n, tokens, tail, length)) {
          int count = Math.min(most, length - at - n);
          System.arraycopy(tokens, at + n, s.guesses(options.tokens()), 0, count);
          return count;
        }
      }
    }
    return 0;
  }
}
