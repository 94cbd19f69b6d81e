package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The model's own probabilities of one token and of the likeliest ones: ln p = x - ln Σ exp(x),
 * before penalties, temperature and cuts. Sums are in double precision, relative to the largest
 * logit. One object serves many tokens, one after the other; reading allocates nothing, what is
 * handed over is new. Not for several threads at once.
 */
final class LogSoftmax {
  /** Logits that are weighed at once, so that the weights stay in the nearest cache. */
  private static final int CHUNK = 1024;

  private final double[] weights = new double[CHUNK];
  private final Likeliest likeliest = new Likeliest();
  private final int[] topTokens;
  private final float[] topLogits;
  private int found;
  private int chosen;
  private float chosenLogit;
  private double logTotal;

  /**
   * @param top how many of the likeliest tokens are wanted
   */
  LogSoftmax(int top) {
    topTokens = new int[top];
    topLogits = new float[top];
  }

  /**
   * Reads the logits of one token.
   *
   * @param logits the model's, [V], finite or negative infinity; left as they are
   * @param token the one that was chosen
   * @throws PunaException if the token has no logit
   */
  void read(float[] logits, int token) {
    if (token < 0 || token >= logits.length) {
      throw new PunaException(
          "token " + token + " has no logit", "ids go from 0 to " + (logits.length - 1));
    }
    chosen = token;
    chosenLogit = logits[token];
    rank(logits);
    double max = found > 0 ? topLogits[0] : logits[likeliest.of(logits)];
    double total = 0;
    for (int from = 0; from < logits.length; from += CHUNK) {
      int count = Math.min(CHUNK, logits.length - from);
      Softmax.weights(logits, from, count, max, 1, weights);
      total += Softmax.sum(weights, count);
    }
    logTotal = max + Math.log(total);
  }

  /** Puts each logit that is larger than the last of the top in its place; equals come later. */
  private void rank(float[] logits) {
    found = Math.min(topTokens.length, logits.length);
    if (found == 0) {
      return;
    }
    Arrays.fill(topLogits, Float.NEGATIVE_INFINITY);
    Arrays.fill(topTokens, -1);
    float least = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      float x = logits[i];
      if (x > least) {
        int at = found - 1;
        while (at > 0 && topLogits[at - 1] < x) {
          topLogits[at] = topLogits[at - 1];
          topTokens[at] = topTokens[at - 1];
          at--;
        }
        topLogits[at] = x;
        topTokens[at] = i;
        least = topLogits[found - 1];
      }
    }
    while (found > 0 && topTokens[found - 1] < 0) {
      found--; // there are fewer possible tokens
    }
  }

  /** The token that was chosen. */
  TokenLogProb chosen() {
    return new TokenLogProb(chosen, logProb(chosenLogit));
  }

  /** The likeliest tokens by falling probability, equals by rising id; only possible ones. */
  List<TokenLogProb> top() {
    List<TokenLogProb> top = new ArrayList<>(found);
    for (int i = 0; i < found; i++) {
      top.add(new TokenLogProb(topTokens[i], logProb(topLogits[i])));
    }
    return top;
  }

  private float logProb(float logit) {
    return (float) (logit - logTotal);
  }
}
