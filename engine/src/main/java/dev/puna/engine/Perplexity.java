package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * How well a model predicts a text: exp(-1/n Σ ln p) over the n tokens that are scored. The text is
 * cut into windows that are read each by itself, of w tokens; scored are those behind the middle,
 * tokens w/2 + 1 to w - 1 counted from 0, as llama.cpp does it, so that the figures compare. What
 * is left over behind the last whole window is left out. Where the model wants a beginning-of-text
 * token it stands in the place of each window's first token. A text of less than a window is one.
 *
 * @param standardError of the value, by the delta method: value · s/√n
 * @param tokens that were scored
 */
public record Perplexity(double value, double standardError, long tokens, int windows) {

  /**
   * @param window tokens, 4 or more, no more than the engine's context
   * @throws PunaException if the text has too few tokens
   */
  public static Perplexity of(Engine engine, String text, int window) {
    int[] ids = engine.encode(text);
    if (ids.length < 4) {
      throw new PunaException(
          "a text of " + ids.length + " tokens has no perplexity", "take a longer one");
    }
    OptionalInt bos = beginning(engine);
    int size = Math.min(window, ids.length);
    int windows = ids.length / size;
    double sum = 0;
    double squares = 0;
    long count = 0;
    for (int i = 0; i < windows; i++) {
      int[] part = Arrays.copyOfRange(ids, i * size, (i + 1) * size);
      bos.ifPresent(id -> part[0] = id);
      double[] scores = engine.score(part); // of tokens 1, 2, ...
      for (int t = size / 2 + 1; t < size; t++) {
        sum -= scores[t - 1];
        squares += scores[t - 1] * scores[t - 1];
        count++;
      }
    }
    double mean = sum / count;
    double variance = Math.max(0, squares / count - mean * mean);
    double value = Math.exp(mean);
    return new Perplexity(
        value, value * Math.sqrt(variance / Math.max(1, count - 1)), count, windows);
  }

  private static OptionalInt beginning(Engine engine) {
    List<Integer> start = engine.checkpoint().conventions().start();
    return start.isEmpty() ? OptionalInt.empty() : OptionalInt.of(start.getFirst());
  }
}
