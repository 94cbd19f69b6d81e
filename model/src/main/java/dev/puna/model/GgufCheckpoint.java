package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufMetadata;
import dev.puna.formats.StoredTensor;
import dev.puna.program.RopeScaling;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.GgufVocabulary;
import dev.puna.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;

/**
 * Reads a GGUF file's metadata under the names that config.json has, so that a family reads one
 * vocabulary only. What GGUF does not say (biases, a tied head) shows in which tensors are there.
 *
 * <p>Keys: the GGUF specification, "Standardized key-value pairs".
 */
final class GgufCheckpoint {
  /** config.json's key | the GGUF key after the architecture's prefix. */
  private static final Map<String, String> INTEGERS =
      Map.of(
          "max_position_embeddings", "context_length",
          "hidden_size", "embedding_length",
          "num_hidden_layers", "block_count",
          "intermediate_size", "feed_forward_length",
          "num_attention_heads", "attention.head_count",
          "num_key_value_heads", "attention.head_count_kv",
          "head_dim", "attention.key_length",
          "rotary_dim", "rope.dimension_count");

  /** Options that would change the result and that no family here reads from GGUF yet. */
  private static final List<String> UNKNOWN_OPTIONS =
      List.of(
          "expert_count",
          "attention.sliding_window",
          "attention.clamp_kqv",
          "attention.max_alibi_bias",
          "logit_scale",
          "embedding_scale",
          "residual_scale",
          "attention.scale",
          "final_logit_softcapping",
          "attn_logit_softcapping");

  private final Gguf file;
  private final GgufMetadata metadata;
  private final String architecture;

  GgufCheckpoint(Gguf file) {
    this.file = file;
    metadata = file.metadata();
    architecture = metadata.text("general.architecture");
  }

  Config config() {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", architecture);
    INTEGERS.forEach(
        (key, suffix) -> {
          if (metadata.has(key(suffix))) {
            config.put(key, metadata.integer(key(suffix)));
          }
        });
    if (metadata.has(key("attention.layer_norm_rms_epsilon"))) {
      config.put("rms_norm_eps", metadata.number(key("attention.layer_norm_rms_epsilon")));
    }
    StoredTensor table = file.tensors().get("token_embd.weight");
    if (table != null) {
      config.put("vocab_size", table.matrix().rows());
    } else if (metadata.has(key("vocab_size"))) {
      config.put("vocab_size", metadata.integer(key("vocab_size")));
    }
    config.put("tie_word_embeddings", !file.tensors().containsKey("output.weight"));
    config.put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
    config.put("attention_out_bias", file.tensors().containsKey("blk.0.attn_output.bias"));
    config.put("mlp_bias", file.tensors().containsKey("blk.0.ffn_down.bias"));
    config.put("rope_parameters", rope());
    refuseUnknownOptions();
    return Config.of(file.path().toString(), config);
  }

  private Map<String, Object> rope() {
    Map<String, Object> rope = new LinkedHashMap<>();
    rope.put("rope_theta", metadata.number(key("rope.freq_base"), 10000));
    String type = Objects.requireNonNullElse(metadata.text(key("rope.scaling.type"), null), "none");
    rope.put("rope_type", type);
    if (metadata.has(key("rope.scale_linear"))) { // what files had before scaling.type
      double factor = metadata.number(key("rope.scale_linear"));
      rope.put("rope_type", factor == 1 ? "none" : "linear");
      rope.put("factor", factor);
    }
    copyNumber("rope.scaling.factor", "factor", rope);
    copyNumber("rope.scaling.original_context_length", "original_max_position_embeddings", rope);
    copyNumber("rope.scaling.yarn_beta_fast", "beta_fast", rope);
    copyNumber("rope.scaling.yarn_beta_slow", "beta_slow", rope);
    if (type.equals("yarn") && metadata.has(key("rope.scaling.attn_factor"))) {
      // llama.cpp multiplies the paper's magnitude by this one
      double factor = metadata.number(key("rope.scaling.factor"), 1);
      double magnitude = RopeScaling.Yarn.magnitude(factor, 1);
      rope.put("attention_factor", magnitude * metadata.number(key("rope.scaling.attn_factor")));
    }
    StoredTensor divisors = file.tensors().get("rope_freqs.weight");
    if (divisors != null) {
      rope.put("rope_type", RopeConfig.DIVISORS);
      List<Object> list = new ArrayList<>();
      for (float divisor : divisors.matrix().toArray()) {
        list.add((double) divisor);
      }
      rope.put(RopeConfig.DIVISORS, list);
    }
    return rope;
  }

  private void copyNumber(String suffix, String to, Map<String, Object> rope) {
    if (metadata.has(key(suffix))) {
      rope.put(to, metadata.number(key(suffix)));
    }
  }

  private void refuseUnknownOptions() {
    for (String option : UNKNOWN_OPTIONS) {
      if (metadata.get(key(option)) instanceof Number n && n.doubleValue() != 0) {
        throw new PunaException(
            file.path() + ": option " + key(option) + " = " + n + " is not implemented",
            "use a model without it");
      }
    }
  }

  private String key(String suffix) {
    return architecture + "." + suffix;
  }

  GenerationConfig generation() {
    SequencedSet<Integer> stops = new LinkedHashSet<>();
    for (String name : List.of("eos", "eot", "eom")) {
      id(name).ifPresent(stops::add);
    }
    return new GenerationConfig(
        stops,
        id("bos"),
        sampling("temp"),
        metadata.has("general.sampling.top_k")
            ? OptionalInt.of((int) metadata.integer("general.sampling.top_k"))
            : OptionalInt.empty(),
        sampling("top_p"),
        List.of());
  }

  private Optional<Double> sampling(String name) {
    String key = "general.sampling." + name;
    return metadata.has(key) ? Optional.of(metadata.number(key)) : Optional.empty();
  }

  boolean hasTokenizer() {
    return metadata.has("tokenizer.ggml.tokens");
  }

  /** The vocabulary. Throws {@link PunaException} if there is none, or of an unknown kind. */
  Tokenizer tokenizer() {
    return GgufVocabulary.read(file.path().toString(), metadata);
  }

  private OptionalInt id(String name) {
    String key = "tokenizer.ggml." + name + "_token_id";
    if (!metadata.has(key)) {
      return OptionalInt.empty();
    }
    long id = metadata.integer(key);
    // -1, or its unsigned form, means "none" in some files
    return id < 0 || id > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) id);
  }
}
