package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model's configuration as a family reads it: options that most families have under one of a few
 * spellings, checked. GGUF metadata answers under the first spelling.
 */
public final class FamilyConfig {
  /** More layers or columns than any model has; what a damaged file asks for is refused early. */
  static final int MOST_LAYERS = 4096;

  private static final int MOST_COLUMNS = 1 << 24;

  private final Config config;
  private final Layout layout;

  /**
   * @throws PunaException if the configuration is of a quantized checkpoint, which is not read yet
   */
  public FamilyConfig(Config config, Layout layout) {
    this.config = config;
    this.layout = layout;
    if (config.object("quantization_config") != null) {
      throw new PunaException(
          config.where() + ": quantization_config is not supported",
          "use the unquantized checkpoint, or a GGUF file");
    }
  }

  /** The options themselves. */
  public Config raw() {
    return config;
  }

  public boolean isGguf() {
    return layout == Layout.GGUF;
  }

  public boolean isHuggingFace() {
    return layout == Layout.HUGGING_FACE;
  }

  /** Whether a GGUF file holds a tensor: what its metadata does not say shows in these. */
  public boolean holds(String tensor) {
    return config.get(GgufConfig.TENSORS) instanceof Set<?> names && names.contains(tensor);
  }

  /** The configuration nested under a key, if there is one, with defaults of its own. */
  public FamilyConfig within(String key, Map<String, Object> defaults) {
    Config nested = config.object(key);
    if (nested == null) {
      return this;
    }
    for (Map.Entry<String, Object> d : defaults.entrySet()) {
      nested = nested.has(d.getKey()) ? nested : nested.with(d.getKey(), d.getValue());
    }
    return new FamilyConfig(nested, layout);
  }

  /** The first of several spellings that is there; the first one if none is. */
  private String spelling(String... keys) {
    return Arrays.stream(keys).filter(config::has).findFirst().orElse(keys[0]);
  }

  /** A size under the first of several spellings that is there. */
  public int size(String... keys) {
    return config.positive(spelling(keys));
  }

  /** Likewise, or another if none is. */
  public int sizeOr(int otherwise, String... keys) {
    return config.positive(spelling(keys), otherwise);
  }

  public double number(String key, double otherwise) {
    return config.number(key, otherwise);
  }

  public boolean flag(String key, boolean otherwise) {
    return config.flag(key, otherwise);
  }

  /**
   * An option of which one value only is implemented.
   *
   * @throws PunaException if it has another; absent counts as implemented
   */
  public void only(String key, Object implemented) {
    Object value = config.get(key);
    boolean same =
        value == null
            || value.equals(implemented)
            || value instanceof Number n
                && implemented instanceof Number m
                && n.doubleValue() == m.doubleValue();
    if (!same) {
      throw new PunaException(
          "%s: option %s = %s is not implemented".formatted(config.where(), key, value),
          "only " + implemented + " is");
    }
  }

  /** Options that are there but have no say in this model. */
  public void unused(String... keys) {
    for (String key : keys) {
      config.has(key);
    }
  }

  /** V. */
  public int vocab() {
    return size("vocab_size", "padded_vocab_size");
  }

  /** D. */
  public int width() {
    return size("hidden_size", "n_embd", "d_model", "n_embed");
  }

  /** Number of layers. */
  public int layers() {
    int layers = size("num_hidden_layers", "n_layer", "num_layers", "n_layers");
    if (layers > MOST_LAYERS) {
      throw new PunaException(
          config.where() + ": " + layers + " layers", "at most " + MOST_LAYERS + " are possible");
    }
    return layers;
  }

  /** Tokens that the model was trained to see at once. */
  public int context(int otherwise) {
    return sizeOr(
        otherwise,
        "seq_length", // what was trained, where tables reach further
        "max_position_embeddings",
        "n_positions",
        "n_ctx",
        "max_sequence_length",
        "model_max_length",
        "max_seq_len");
  }

  /** F; {@code otherwise} times the width if it is not given. */
  public int hidden(int otherwise) {
    return sizeOr(
        Math.multiplyExact(otherwise, width()),
        "intermediate_size",
        "ffn_hidden_size",
        "n_inner",
        "inner_hidden_size",
        "ffn_dim",
        "d_ff");
  }

  /** Query, key and value heads, as many of each as {@code num_key_value_heads} says. */
  public Heads heads() {
    int query = size("num_attention_heads", "n_head", "num_heads", "n_heads");
    return heads(query, sizeOr(query, "num_key_value_heads", "n_head_kv"));
  }

  /** Likewise where heads have a size of their own if the configuration is silent. */
  public Heads headsOf(int size) {
    int query = size("num_attention_heads");
    return checked(query, sizeOr(query, "num_key_value_heads"), sizeOr(size, "head_dim"));
  }

  public Heads heads(int query, int kv) {
    int size = sizeOr(Math.max(1, width() / query), "head_dim", "kv_channels");
    if (!config.has("head_dim") && !config.has("kv_channels") && width() % query != 0) {
      throw new PunaException(
          "%s: a width of %d is not %d whole heads".formatted(config.where(), width(), query),
          "num_attention_heads must divide hidden_size, unless head_dim is given");
    }
    return checked(query, kv, size);
  }

  private Heads checked(int query, int kv, int size) {
    if (query % kv != 0) {
      throw new PunaException(
          "%s: %d query heads cannot share %d key heads".formatted(config.where(), query, kv),
          "num_key_value_heads must divide num_attention_heads");
    }
    if ((long) query * size > MOST_COLUMNS) {
      throw new PunaException(
          "%s: %d heads of %d columns".formatted(config.where(), query, size),
          "no model has that many: the configuration is damaged");
    }
    return Heads.of(query, kv, size);
  }

  /** RMS normalization with the epsilon of {@code rms_norm_eps}. */
  public Normalization rms(double otherwise) {
    String key = spelling("rms_norm_eps", "layer_norm_epsilon", "layernorm_epsilon");
    return new Normalization.Rms((float) config.number(key, otherwise));
  }

  /** Layer normalization with the epsilon of {@code layer_norm_eps}. */
  public Normalization layerNorm(double otherwise, boolean bias) {
    String key =
        spelling("layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon", "norm_epsilon");
    return new Normalization.Layer((float) config.number(key, otherwise), bias);
  }

  /** Whether the embedding table serves as the output projection. */
  public boolean tied(boolean otherwise) {
    return config.flag("tie_word_embeddings", otherwise);
  }

  /** The activation named by {@code hidden_act}. */
  public Activation activation(String otherwise) {
    String key =
        spelling("hidden_act", "hidden_activation", "activation_function", "activation", "ffn_act");
    return activationNamed(Objects.requireNonNullElse(config.text(key, null), otherwise));
  }

  public Activation activationNamed(String name) {
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh" -> Activation.GELU_TANH;
      case "quick_gelu" -> Activation.GELU_SIGMOID;
      case "relu" -> Activation.RELU;
      case "relu2", "relu_squared" -> Activation.RELU_SQUARED;
      default ->
          throw new PunaException(
              config.where() + ": activation \"" + name + "\" is not known",
              "known are silu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu and relu2");
    };
  }

  /** Rotation of whole heads, pairs as checkpoints of the layout have them. */
  public Rotation rotation(int headSize, Rotation.Pairing pairing) {
    return RopeConfig.read(config, headSize, pairing);
  }

  /**
   * Likewise of a part of each head: {@code otherwise} of it, where the configuration is silent.
   */
  public Rotation rotation(int headSize, Rotation.Pairing pairing, double otherwise) {
    return RopeConfig.read(config, headSize, pairing, otherwise);
  }

  /** The residual of layers whose stream may be what was normalized. */
  public Spec.Residual residualOfNormalized() {
    return config.flag("apply_residual_connection_post_layernorm", false)
        ? new Spec.Normalized(1)
        : Spec.Sequential.PLAIN;
  }

  /** A decoder whose layers are all alike. */
  public Spec decoder(Spec.Layer layer, Normalization last, Spec.Head head) {
    return decoder(i -> layer, last, head);
  }

  /** A decoder that reads from left to right, with nothing but tokens embedded. */
  public Spec decoder(IntFunction<Spec.Layer> layer, Normalization last, Spec.Head head) {
    return decoder(Embedding.PLAIN, layer, last, head);
  }

  /** A decoder that reads from left to right. */
  public Spec decoder(
      Embedding embedding,
      IntFunction<Spec.Layer> layer,
      @Nullable Normalization last,
      Spec.Head head) {
    only("is_causal", true);
    return new Spec(
        vocab(),
        width(),
        context(2048),
        embedding,
        IntStream.range(0, layers()).mapToObj(layer).toList(),
        last,
        head,
        Reading.LEFT_TO_RIGHT);
  }

  // ---- what differs between layers ----

  /**
   * Which layers see a window only: by {@code layer_types}, or else by a pattern.
   *
   * @param pattern every so many-th layer sees everything, counted from 1; 0: all layers slide
   * @return a mask for each layer
   */
  public List<Mask> masks(@Nullable Integer window, int pattern) {
    List<Mask> masks = new ArrayList<>();
    List<Object> types = config.list("layer_types");
    for (int i = 0; i < layers(); i++) {
      boolean slides = pattern == 0 || (i + 1) % pattern != 0;
      if (types != null && i < types.size()) {
        slides = slides(String.valueOf(types.get(i)));
      }
      masks.add(slides && window != null ? new Mask.Sliding(window) : new Mask.Causal());
    }
    return masks;
  }

  private boolean slides(String type) {
    return switch (type) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default ->
          throw new PunaException(
              config.where() + ": layer_types has \"" + type + "\", which is not implemented",
              "sliding_attention and full_attention are");
    };
  }

  /** The window of {@code sliding_window}, or null. */
  public @Nullable Integer window() {
    int window = config.integer("sliding_window", 0);
    return window > 0 ? Integer.valueOf(window) : null;
  }

  /** Likewise, with a default that only an explicit null takes away. */
  public @Nullable Integer window(int otherwise) {
    return config.has("sliding_window") || config.isNull("sliding_window") || isGguf()
        ? window()
        : Integer.valueOf(otherwise);
  }

  /** Rotation of the layers that see everything, where layers differ. */
  public Rotation rotation(
      int headSize, Rotation.Pairing pairing, String layerType, double otherwise) {
    Config config = this.config;
    Config parameters = config.object("rope_parameters");
    Config own = parameters == null ? null : parameters.object(layerType);
    if (own != null) {
      Map<String, Object> flat = new LinkedHashMap<>();
      own.keys().forEach(key -> flat.put(key, own.get(key)));
      config = config.with("rope_parameters", flat);
    }
    if (!config.has("rope_theta") && own == null) {
      config = config.with("rope_theta", otherwise);
    }
    return RopeConfig.read(config, headSize, pairing);
  }

  /** Rotation of the layers that see a window: nothing but a base of their own. */
  public Rotation nearRotation(
      int headSize, Rotation.Pairing pairing, String key, double otherwise) {
    Config parameters = config.object("rope_parameters");
    Config own = parameters == null ? null : parameters.object("sliding_attention");
    double base = config.number(key, otherwise);
    base = own == null ? base : own.number("rope_theta", base);
    return new Rotation(base, headSize, pairing, new RopeScaling.None());
  }

  /** Options of a mixture of experts. */
  public ExpertsConfig moe() {
    return new ExpertsConfig(this);
  }

  /** A nested object under its key, or an empty one. */
  public Config object(String key) {
    Config object = config.object(key);
    return object == null ? Config.of(config.where() + ", " + key, Map.of()) : object;
  }

  /** An error of this configuration. */
  public PunaException refuse(String what, String mend) {
    return new PunaException(config.where() + ": " + what, mend);
  }
}
