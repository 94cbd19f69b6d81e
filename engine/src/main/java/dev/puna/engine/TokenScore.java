package dev.puna.engine;

import java.util.List;

/**
 * How likely a token was at its place.
 *
 * @param logProb ln p of the model's own distribution there
 * @param top the likeliest tokens there, the likeliest first, as many as were asked for
 */
public record TokenScore(int token, float logProb, List<TokenLogProb> top) {
  public TokenScore {
    top = List.copyOf(top);
  }
}
