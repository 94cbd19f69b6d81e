package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What ends a text.
 *
 * @param tokens most tokens to generate
 * @param strings texts that end it and are not part of it
 * @param ignoreEos whether the model's own stop tokens are ordinary ones
 * @param ids tokens that end it beside the model's own, and are not part of it
 * @param atLeast tokens before which no token may end it
 */
public record Stop(
    int tokens, List<String> strings, boolean ignoreEos, Set<Integer> ids, int atLeast) {
  public Stop {
    strings = strings.stream().filter(s -> !s.isEmpty()).toList();
    ids = Set.copyOf(ids);
    if (atLeast < 0) {
      throw new PunaException("at least " + atLeast + " tokens", "it must be 0 or more");
    }
  }

  public Stop(int tokens, List<String> strings, boolean ignoreEos) {
    this(tokens, strings, ignoreEos, Set.of(), 0);
  }

  public static Stop after(int tokens) {
    return new Stop(tokens, List.of(), false);
  }

  public Stop ids(Set<Integer> tokenIds) {
    return new Stop(tokens, strings, ignoreEos, tokenIds, atLeast);
  }

  public Stop atLeast(int count) {
    return new Stop(tokens, strings, ignoreEos, ids, count);
  }

  /** All tokens that end a text of a model that has some of its own. */
  Set<Integer> ends(Set<Integer> own) {
    if (ignoreEos || own.isEmpty()) {
      return ids;
    }
    Set<Integer> all = new HashSet<>(ids);
    all.addAll(own);
    return Set.copyOf(all);
  }

  /** Makes the ends impossible as long as a text of {@code length} new tokens may not end. */
  void forbid(float[] logits, Set<Integer> ends, int length) {
    if (length < atLeast) {
      for (int id : ends) {
        if (id >= 0 && id < logits.length) { // a checkpoint may name others
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }
}
