package dev.puna.engine;

import java.util.List;

/**
 * What ends a text.
 *
 * @param tokens most tokens to generate
 * @param strings texts that end it and are not part of it
 * @param ignoreEos whether the model's own stop tokens are ordinary ones
 */
public record Stop(int tokens, List<String> strings, boolean ignoreEos) {
  public Stop {
    strings = strings.stream().filter(s -> !s.isEmpty()).toList();
  }

  public static Stop after(int tokens) {
    return new Stop(tokens, List.of(), false);
  }
}
