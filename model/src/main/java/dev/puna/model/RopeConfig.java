package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
    this.scaling = parameters != null ? parameters : older != null ? older : oldest(config);
  }

  /** The first form of all: {@code "rotary": {"base": 10000, "type": "dynamic"}}. */
  private static Config oldest(Config config) {
    Map<String, Object> scaling = new LinkedHashMap<>();
    if (config.get("rotary") instanceof Map<?, ?> rotary) {
      scaling.put("rope_theta", rotary.get("base"));
      if (!"origin".equals(rotary.get("type"))) {
        scaling.put("rope_type", rotary.get("type"));
        scaling.put("factor", Objects.requireNonNullElse(rotary.get("scaling_factor"), 1));
      }
    }
    return Config.of(config.where() + ", rotary", scaling);
  }

  /**
   * @param headSize columns of a head
   * @throws PunaException if the scaling is of a kind that is not known
   */
  public static Rotation read(Config config, int headSize, Rotation.Pairing pairing) {
    return read(config, headSize, pairing, 1);
  }

  /**
   * @param otherwise part of a head that turns, where the configuration is silent
   */
  public static Rotation read(
      Config config, int headSize, Rotation.Pairing pairing, double otherwise) {
    RopeConfig rope = new RopeConfig(config);
    Rotation rotation = rope.rotation(headSize, pairing, otherwise);
    rope.scaling.has("finetuned"); // tells how factors were come by
    rope.scaling.has("factor"); // of no scaling
    UnreadOptions.refuse(rope.scaling);
    return rotation;
  }

  /**
   * YaRN's magnitude for {@code mscale_all_dim}, which scales scores rather than rotations; or 1.
   */
  public static double magnitudeEverywhere(Config config) {
    Config scaling = new RopeConfig(config).scaling;
    double weight = scaling.number("mscale_all_dim", 0);
    return weight == 0 ? 1 : RopeScaling.Yarn.magnitude(scaling.number("factor", 1), weight);
  }

  private Rotation rotation(int headSize, Rotation.Pairing pairing, double otherwise) {
    double older = config.number("rotary_emb_base", config.number("rope_theta", 10000));
    double base = scaling.number("rope_theta", older);
    double part = config.number("rotary_pct", config.number("partial_rotary_factor", otherwise));
    part = scaling.number("partial_rotary_factor", part);
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
    config.has("original_max_position_embeddings"); // of LongRoPE only
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
      case "longrope", "su" -> longRope(context, size);
      case DIVISORS -> new RopeScaling.Divided(factors(DIVISORS, size));
      default ->
          throw new PunaException(
              scaling.where() + ": rope scaling \"" + type + "\" is not known",
              "known are default, linear, dynamic, llama3, longrope and yarn");
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

  private RopeScaling longRope(int context, int size) {
    int trained = config.positive("original_max_position_embeddings", context);
    trained = scaling.positive("original_max_position_embeddings", trained);
    double factor =
        config.has("original_max_position_embeddings") || !scaling.has("factor")
            ? (double) context / trained
            : factor(null);
    double magnitude = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained));
    return new RopeScaling.LongRope(
        factors("short_factor", size),
        factors("long_factor", size),
        trained,
        scaling.number("attention_factor", magnitude));
  }

  private List<Float> factors(String key, int size) {
    List<Object> list = scaling.list(key);
    List<Float> factors = new ArrayList<>();
    for (Object factor : list == null ? List.of() : list) {
      float value = factor instanceof Number n ? n.floatValue() : Float.NaN;
      if (!(value > 0) || value == Float.POSITIVE_INFINITY) {
        throw new PunaException(
            scaling.where() + ": " + key + " holds " + factor, "factors must be positive");
      }
      factors.add(value);
    }
    if (factors.size() != size / 2) {
      throw new PunaException(
          "%s: %s has %d factors for %d pairs"
              .formatted(scaling.where(), key, factors.size(), size / 2),
          "one for each pair of columns is needed");
    }
    return factors;
  }
}
