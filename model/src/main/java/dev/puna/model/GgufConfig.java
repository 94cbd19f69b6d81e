package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.GgufMetadata;
import dev.puna.formats.StoredTensor;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file's metadata under the names that config.json has, so that a family reads one
 * vocabulary only. What GGUF does not say (biases, a tied head) shows in which tensors are there.
 *
 * <p>Keys: the GGUF specification, "Standardized key-value pairs", and what llama.cpp added.
 */
final class GgufConfig {
  /** Under this key of the configuration: each GGUF key that must be read, and what answers it. */
  private static final String KEYS = "gguf_keys";

  /** And under this one, the names of all tensors; see {@link FamilyConfig#holds}. */
  static final String TENSORS = "gguf_tensors";

  private final String where;
  private final GgufMetadata metadata;
  private final Map<String, StoredTensor> tensors;
  private final String architecture;
  private final Map<String, Object> config = new LinkedHashMap<>();
  private final Map<String, Object> keys = new LinkedHashMap<>();

  private GgufConfig(String where, GgufMetadata metadata, Map<String, StoredTensor> tensors) {
    this.where = where;
    this.metadata = metadata;
    this.tensors = tensors;
    architecture = metadata.text("general.architecture");
  }

  /**
   * @param where named in errors
   * @throws PunaException if a key of the architecture is set that nobody knows
   */
  static Config of(String where, GgufMetadata metadata, Map<String, StoredTensor> tensors) {
    return new GgufConfig(where, metadata, tensors).read();
  }

  /**
   * @throws PunaException naming the first key that is set and that the family has not looked at
   */
  static void refuseUnread(Config config) {
    unread(config)
        .forEach(
            (key, answer) -> {
              throw refused(config.where(), key, config.get(answer));
            });
  }

  /** Whether a configuration was read from GGUF metadata. */
  static boolean isGguf(Config config) {
    return config.get(KEYS) instanceof Map<?, ?>;
  }

  /** The keys that are set and that the family has not looked at, each with an option it became. */
  static SequencedMap<String, String> unread(Config config) {
    SequencedMap<String, String> unread = new LinkedHashMap<>();
    Set<String> options = config.unread();
    if (config.get(KEYS) instanceof Map<?, ?> keys) {
      keys.forEach(
          (key, answers) -> {
            if (answers instanceof List<?> list && options.containsAll(list)) {
              unread.put(String.valueOf(key), String.valueOf(list.getFirst()));
            }
          });
    }
    return unread;
  }

  private static PunaException refused(String where, String key, @Nullable Object value) {
    return new PunaException(
        "%s: option %s = %s is not implemented".formatted(where, key, value),
        "use a model without it");
  }

  private Config read() {
    config.put("model_type", architecture);
    for (String key : metadata.keys()) {
      if (key.startsWith(architecture + ".")) {
        option(key, key.substring(architecture.length() + 1));
      }
    }
    vocabulary();
    layers();
    latentAttention();
    stateSpace();
    tensors();
    config.put("rope_parameters", new GgufRope(architecture, metadata, tensors).parameters());
    config.put(KEYS, keys);
    config.put(TENSORS, new TreeSet<>(tensors.keySet()));
    return Config.of(where, config);
  }

  private void option(String key, String suffix) {
    Object value = plain(metadata.get(key));
    GgufKeys.Answer answer = GgufKeys.answer(suffix);
    if (answer == null) {
      if (!isOff(value)) {
        throw refused(where, key, value);
      }
      return;
    }
    if (value == null || isOff(value) && !answer.zero()) {
      return;
    }
    answer.keys().forEach(k -> config.put(k, value));
    if (answer.decides()) {
      keys.put(key, answer.keys());
    }
  }

  /** Numbers, flags and texts as they are; of a list with one value throughout, that value. */
  private static @Nullable Object plain(@Nullable Object value) {
    List<Object> list = list(value);
    if (list == null) {
      return value;
    }
    return list.stream().distinct().count() == 1 ? list.getFirst() : list;
  }

  private static @Nullable List<Object> list(@Nullable Object value) {
    List<Object> list = new ArrayList<>();
    switch (value) {
      case long[] numbers -> Arrays.stream(numbers).forEach(list::add);
      case int[] numbers -> Arrays.stream(numbers).forEach(list::add);
      case double[] numbers -> Arrays.stream(numbers).forEach(list::add);
      case boolean[] flags -> {
        for (boolean flag : flags) {
          list.add(flag);
        }
      }
      case List<?> texts -> list.addAll(texts);
      case null, default -> {
        return null;
      }
    }
    return list;
  }

  private static boolean isOff(@Nullable Object value) {
    return value == null
        || Boolean.FALSE.equals(value)
        || value instanceof Number n && n.doubleValue() == 0
        || value instanceof List<?> list && list.stream().allMatch(GgufConfig::isOff)
        || value instanceof String text && text.isEmpty();
  }

  private String key(String suffix) {
    return architecture + "." + suffix;
  }

  private void vocabulary() {
    StoredTensor table = tensors.get("token_embd.weight");
    if (table != null) {
      config.put("vocab_size", table.rows());
    }
    StoredTensor segments = tensors.get("token_types.weight");
    if (segments != null) {
      config.put("type_vocab_size", segments.rows());
    }
    if (!metadata.flag(key("attention.causal"), true)) {
      config.put("is_causal", false);
    }
  }

  /** What is said layer by layer, or by a pattern. */
  private void layers() {
    long ahead = metadata.integer(key("nextn_predict_layers"), 0); // counted as layers, not run
    if (config.get("num_hidden_layers") instanceof Number layers) {
      config.put("num_hidden_layers", layers.longValue() - ahead);
    }
    List<Object> kv = list(metadata.get(key("attention.head_count_kv")));
    if (kv != null && kv.stream().anyMatch(GgufConfig::isOff)) {
      List<Object> attending = kv.stream().filter(n -> !isOff(n)).distinct().toList();
      if (attending.size() == 1) {
        config.put("num_key_value_heads", attending.getFirst());
      }
      config.put(
          "layers_block_type", kv.stream().map(n -> isOff(n) ? "mamba" : "attention").toList());
    }
    Object pattern = metadata.get(key("attention.sliding_window_pattern"));
    if (list(pattern) instanceof List<Object> slides) {
      config.put(
          "layer_types",
          slides.stream().map(s -> isOff(s) ? "full_attention" : "sliding_attention").toList());
    } else if (pattern instanceof Number period && period.longValue() > 0) {
      int layers =
          (int) Math.min(metadata.integer(key("block_count"), 0), FamilyConfig.MOST_LAYERS);
      config.put(
          "layer_types",
          IntStream.rangeClosed(1, layers)
              .mapToObj(i -> i % period.longValue() == 0 ? "full_attention" : "sliding_attention")
              .toList());
    }
    if (metadata.number(key("attention.max_alibi_bias"), 0) > 0) {
      config.put("alibi", true);
    }
    double scale = metadata.number(key("attention.scale"), 0);
    if (scale != 0) {
      config.put("query_pre_attn_scalar", 1 / (scale * scale));
    }
    config.computeIfPresent(
        "scoring_func",
        (k, function) ->
            switch (String.valueOf(function)) {
              case "1" -> "softmax";
              case "2" -> "sigmoid";
              case "3" -> "softmax_of_chosen";
              default -> throw refused(where, key("expert_gating_func"), function);
            });
  }

  /** Sizes of heads: those before the latent row is applied to queries, where there is one. */
  private void latentAttention() {
    long keys = metadata.integer(key("attention.key_length"), 0);
    long values = metadata.integer(key("attention.value_length"), keys);
    if (!metadata.has(key("attention.kv_lora_rank"))) {
      if (keys != values) {
        throw refused(where, key("attention.value_length"), values);
      }
      return;
    }
    keys = metadata.integer(key("attention.key_length_mla"), keys);
    values = metadata.integer(key("attention.value_length_mla"), values);
    long turning = metadata.integer(key("rope.dimension_count"));
    config.put("qk_rope_head_dim", turning);
    config.put("qk_nope_head_dim", keys - turning);
    config.put("v_head_dim", values);
  }

  private void stateSpace() {
    long inner = metadata.integer(key("ssm.inner_size"), 0);
    long width = metadata.integer(key("embedding_length"), 0);
    if (inner > 0 && width > 0) {
      if (inner % width != 0) {
        throw refused(where, key("ssm.inner_size"), inner);
      }
      config.put("expand", inner / width);
      config.put("mamba_expand", inner / width);
    }
  }

  private void tensors() {
    config.put("tie_word_embeddings", !tensors.containsKey("output.weight"));
    config.put("attention_bias", any("blk.0.attn_q.bias", "blk.0.attn_qkv.bias"));
    config.put("attention_out_bias", any("blk.0.attn_output.bias"));
    config.put("mlp_bias", any("blk.0.ffn_down.bias"));
    boolean normed = any("blk.0.attn_q_norm.weight");
    config.put("use_qk_norm", normed);
    config.put("qk_layernorm", normed);
  }

  private boolean any(String... names) {
    return Arrays.stream(names).anyMatch(tensors::containsKey);
  }
}
