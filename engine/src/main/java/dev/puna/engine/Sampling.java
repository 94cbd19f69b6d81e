package dev.puna.engine;

import dev.puna.model.GenerationConfig;
import dev.puna.tensor.PunaException;

/**
 * How the next token is drawn from the logits: scaled by 1/temperature, cut to the {@code topK}
 * likeliest, then to the fewest that hold {@code topP} of the probability (nucleus sampling,
 * Holtzman et al. 2019), then drawn.
 *
 * @param temperature 0 takes the likeliest token
 * @param topK 0 keeps all
 * @param topP 1 keeps all
 * @param seed the same seed gives the same text
 */
public record Sampling(double temperature, int topK, double topP, long seed) {
  public Sampling {
    check(temperature >= 0 && temperature < 1e6, "temperature", temperature, "0 or more");
    check(topK >= 0, "top-k", topK, "0 or more");
    check(topP > 0 && topP <= 1, "top-p", topP, "more than 0 and at most 1");
  }

  private static void check(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new PunaException(name + " is " + value, "it must be " + range);
    }
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0);
  }

  /** What the checkpoint recommends, and otherwise what reads well for most models. */
  public static Sampling recommended(GenerationConfig config, long seed) {
    return new Sampling(
        config.temperature().orElse(0.8),
        config.topK().orElse(40),
        config.topP().orElse(0.95),
        seed);
  }
}
