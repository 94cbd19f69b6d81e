package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * The published sizes of well-known models, for planning without a checkpoint. Source: the models'
 * own config.json.
 */
public final class Presets {
  private Presets() {}

  /** What differs between the presets. */
  private record Size(
      int vocab, int width, int layers, int heads, int kvHeads, int hidden, int context) {
    Config config(String name) {
      Map<String, Object> config = new LinkedHashMap<>();
      config.put("model_type", "llama");
      config.put("vocab_size", vocab);
      config.put("hidden_size", width);
      config.put("num_hidden_layers", layers);
      config.put("num_attention_heads", heads);
      config.put("num_key_value_heads", kvHeads);
      config.put("intermediate_size", hidden);
      config.put("max_position_embeddings", context);
      config.put("rms_norm_eps", 1e-5);
      return Config.of("preset " + name, config);
    }
  }

  private static final SequencedMap<String, Size> ALL = new LinkedHashMap<>();

  static {
    ALL.put("llama-7b", new Size(32000, 4096, 32, 32, 32, 11008, 2048));
    ALL.put("llama-13b", new Size(32000, 5120, 40, 40, 40, 13824, 2048));
    ALL.put("llama-33b", new Size(32000, 6656, 60, 52, 52, 17920, 2048));
    ALL.put("llama-65b", new Size(32000, 8192, 80, 64, 64, 22016, 2048));
    ALL.put("llama2-7b", new Size(32000, 4096, 32, 32, 32, 11008, 4096));
    ALL.put("llama2-13b", new Size(32000, 5120, 40, 40, 40, 13824, 4096));
    ALL.put("llama2-70b", new Size(32000, 8192, 80, 64, 8, 28672, 4096));
    ALL.put("baichuan-7b", new Size(64000, 4096, 32, 32, 32, 11008, 4096));
  }

  public static SequencedSet<String> names() {
    return ALL.sequencedKeySet();
  }

  /**
   * The configuration of a preset.
   *
   * @throws PunaException if there is none of that name
   */
  public static Config config(String name) {
    Size size = ALL.get(name);
    if (size == null) {
      throw new PunaException(
          "there is no preset " + name, "presets: " + String.join(", ", names()));
    }
    return size.config(name);
  }

  /** The architecture of a preset. */
  public static Spec spec(String name) {
    Config config = config(name);
    return Families.of(config).spec(config, Layout.HUGGING_FACE);
  }
}
