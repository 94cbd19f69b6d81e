package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What ends a text.
 *
 * @param tokens most tokens to generate; 0 only reads the prompt
 * @param strings texts that end it and are not part of it
 * @param ignoreEos whether the model's own stop tokens are ordinary ones
 * @param ids tokens that end it beside the model's own, and are not part of it
 * @param atLeast tokens before which no token may end it
 * @param time after which it ends wherever it is, from its submission on; null for no such limit
 */
public record Stop(
    int tokens,
    List<String> strings,
    boolean ignoreEos,
    Set<Integer> ids,
    int atLeast,
    @Nullable Duration time) {
  public Stop {
    strings = strings.stream().filter(s -> !s.isEmpty()).toList();
    ids = Set.copyOf(ids);
    if (atLeast < 0) {
      throw new PunaException("at least " + atLeast + " tokens", "it must be 0 or more");
    }
    if (time != null && time.isNegative()) {
      throw new PunaException("a time of " + time, "it must be positive");
    }
  }

  public Stop(int tokens, List<String> strings, boolean ignoreEos) {
    this(tokens, strings, ignoreEos, Set.of(), 0, null);
  }

  public static Stop after(int tokens) {
    return new Stop(tokens, List.of(), false);
  }

  /** Most tokens to generate. */
  public Stop tokens(int most) {
    return new Stop(most, strings, ignoreEos, ids, atLeast, time);
  }

  public Stop strings(List<String> texts) {
    return new Stop(tokens, texts, ignoreEos, ids, atLeast, time);
  }

  public Stop ignoreEos(boolean yes) {
    return new Stop(tokens, strings, yes, ids, atLeast, time);
  }

  public Stop ids(Set<Integer> tokenIds) {
    return new Stop(tokens, strings, ignoreEos, tokenIds, atLeast, time);
  }

  public Stop atLeast(int count) {
    return new Stop(tokens, strings, ignoreEos, ids, count, time);
  }

  public Stop time(@Nullable Duration most) {
    return new Stop(tokens, strings, ignoreEos, ids, atLeast, most);
  }

  /** The time in nanoseconds. */
  long nanos() {
    boolean ends = time != null && time.compareTo(Duration.ofDays(10_000)) < 0;
    return time != null && ends ? time.toNanos() : Long.MAX_VALUE;
  }

  /** All tokens that end a text of a model that has some of its own. */
  int[] ends(int[] own) {
    IntStream all = ids.stream().mapToInt(Integer::intValue);
    return (ignoreEos ? all : IntStream.concat(all, Arrays.stream(own))).distinct().toArray();
  }

  /** Makes the ends impossible as long as a text of {@code length} new tokens may not end. */
  void forbid(float[] logits, int[] ends, int length) {
    if (length < atLeast) {
      for (int id : ends) {
        if (id >= 0 && id < logits.length) { // a checkpoint may name others
          logits[id] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }
}
