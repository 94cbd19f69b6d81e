package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads rotary embeddings from a configuration, in both forms that exist: {@code rope_theta} and
 * {@code rope_scaling} at the top (transformers 4), or both within {@code rope_parameters}
 * (transformers 5). Formulas and defaults are those of transformers' rope utilities.
 */
public final class RopeConfig {
  /** GGUF's per-pair divisors, handed over as a list under this key of the scaling. */
  static final String DIVISORS = "divisors";

  private final Config config;
  private final Config scaling;

  private RopeConfig(Config config) {
    this.config = config;
    Config parameters = config.object("rope_parameters");
    Config older = config.object("rope_scaling");
    Config empty = Config.of(config.where(), Map.of());
    this.scaling = parameters != null ? parameters : older != null ? older : empty;
  }

  /**
   * @param headSize columns of a head
   * @throws PunaException if the scaling is of a kind that is not known
   */
  public static Rotation read(Config config, int headSize, Rotation.Pairing pairing) {
    return new RopeConfig(config).rotation(headSize, pairing);
  }

  private Rotation rotation(int headSize, Rotation.Pairing pairing) {
    double base = scaling.number("rope_theta", config.number("rope_theta", 10000));
    double part =
        scaling.number("partial_rotary_factor", config.number("partial_rotary_factor", 1));
    int size = config.integer("rotary_dim", (int) (headSize * part));
    if (!(base > 0) || size < 2 || size % 2 != 0 || size > headSize) {
      throw new PunaException(
          "%s: rotary embedding of %d of a head's %d columns with base %s"
              .formatted(config.where(), size, headSize, base),
          "an even number of columns and a positive rope_theta are needed");
    }
    return new Rotation(base, size, pairing, scaling(size));
  }

  private RopeScaling scaling(int size) {
    String older = Objects.requireNonNullElse(scaling.text("type", null), "default");
    String type = Objects.requireNonNullElse(scaling.text("rope_type", null), older);
    int context = config.positive("max_position_embeddings", 2048);
    return switch (type) {
      case "default", "none" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor(null));
      case "dynamic" -> {
        if (size == 2) {
          throw new PunaException(
              scaling.where() + ": dynamic NTK scaling of heads of 2 rotated columns",
              "its formula needs at least 4");
        }
        yield new RopeScaling.Dynamic(factor(null), context);
      }
      case "llama3" ->
          new RopeScaling.Llama3(
              factor(null),
              scaling.number("low_freq_factor"),
              scaling.number("high_freq_factor"),
              scaling.positive("original_max_position_embeddings", context));
      case "yarn" -> yarn(context);
      case DIVISORS -> new RopeScaling.Divided(divisors());
      default ->
          throw new PunaException(
              scaling.where() + ": rope scaling \"" + type + "\" is not known",
              "known are default, linear, dynamic, llama3 and yarn");
    };
  }

  private RopeScaling yarn(int context) {
    int trained = scaling.positive("original_max_position_embeddings", context);
    double factor = factor((double) context / trained);
    double weight = scaling.number("mscale", 0);
    double everywhere = scaling.number("mscale_all_dim", 0);
    double magnitude =
        weight != 0 && everywhere != 0
            ? RopeScaling.Yarn.magnitude(factor, weight)
                / RopeScaling.Yarn.magnitude(factor, everywhere)
            : RopeScaling.Yarn.magnitude(factor, 1);
    return new RopeScaling.Yarn(
        factor,
        scaling.number("beta_fast", 32),
        scaling.number("beta_slow", 1),
        trained,
        scaling.flag("truncate", true),
        scaling.number("attention_factor", magnitude));
  }

  private double factor(@Nullable Double otherwise) {
    double factor =
        otherwise == null ? scaling.number("factor") : scaling.number("factor", otherwise);
    if (!(factor > 0)) {
      throw new PunaException(
          scaling.where() + ": rope scaling by a factor of " + factor, "it must be positive");
    }
    return factor;
  }

  private List<Float> divisors() {
    List<Float> divisors = new ArrayList<>();
    for (Object divisor : Objects.requireNonNull(scaling.list(DIVISORS))) {
      float value = ((Number) divisor).floatValue();
      if (!(value > 0)) {
        throw new PunaException(
            config.where() + ": rope_freqs.weight holds " + value, "divisors must be positive");
      }
      divisors.add(value);
    }
    return divisors;
  }
}
