package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.tensor.PunaException;
import java.util.Objects;

/** The parts of a configuration that most families spell alike, checked. */
public final class FamilyConfig {
  /** More layers or columns than any model has; what a damaged file asks for is refused early. */
  private static final int MOST_LAYERS = 4096;

  private static final int MOST_COLUMNS = 1 << 24;

  private final Config config;

  /**
   * @throws PunaException if the configuration is of a quantized checkpoint, which is not read yet
   */
  public FamilyConfig(Config config) {
    this.config = config;
    if (config.object("quantization_config") != null) {
      throw new PunaException(
          config.where() + ": quantization_config is not supported",
          "use the unquantized checkpoint, or a GGUF file");
    }
  }

  /** D. */
  public int width() {
    return config.positive("hidden_size");
  }

  /** Number of layers. */
  public int layers() {
    int layers = config.positive("num_hidden_layers");
    if (layers > MOST_LAYERS) {
      throw new PunaException(
          config.where() + ": " + layers + " layers", "at most " + MOST_LAYERS + " are possible");
    }
    return layers;
  }

  /** Query, key and value heads. */
  public Heads heads() {
    int query = config.positive("num_attention_heads");
    int kv = config.positive("num_key_value_heads", query);
    int size = config.positive("head_dim", Math.max(1, width() / query));
    if (query % kv != 0) {
      throw new PunaException(
          "%s: %d query heads cannot share %d key heads".formatted(config.where(), query, kv),
          "num_key_value_heads must divide num_attention_heads");
    }
    if (!config.has("head_dim") && width() % query != 0) {
      throw new PunaException(
          "%s: a width of %d is not %d whole heads".formatted(config.where(), width(), query),
          "num_attention_heads must divide hidden_size, unless head_dim is given");
    }
    if ((long) query * size > MOST_COLUMNS) {
      throw new PunaException(
          "%s: %d heads of %d columns".formatted(config.where(), query, size),
          "no model has that many: the configuration is damaged");
    }
    return Heads.of(query, kv, size);
  }

  /** The activation named by {@code hidden_act}. */
  public Activation activation(String otherwise) {
    String name = Objects.requireNonNullElse(config.text("hidden_act", null), otherwise);
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
      case "relu" -> Activation.RELU;
      default ->
          throw new PunaException(
              config.where() + ": hidden_act \"" + name + "\" is not known",
              "known are silu, gelu, gelu_pytorch_tanh and relu");
    };
  }
}
