package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.Consolidated;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TensorFile;
import dev.puna.model.WeightNames.Rule;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.TokenizerReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads Meta's own layout, a folder of params.json and consolidated.NN.pth, under the names that
 * config.json has. The keys are the fields of ModelArgs in Meta's llama and llama-models
 * repositories; what those leave to their code (context, RoPE scaling) is filled in here.
 */
final class MetaCheckpoint {
  static final String PARAMS = "params.json";

  static final WeightNames NAMES =
      WeightNames.of(
              new Rule("tok_embeddings", "token_embd"),
              new Rule("norm", "output_norm"),
              new Rule("output", "output"),
              new Rule("layers.{i}.attention_norm", "blk.{i}.attn_norm"),
              new Rule("layers.{i}.attention.wq", "blk.{i}.attn_q"),
              new Rule("layers.{i}.attention.wk", "blk.{i}.attn_k"),
              new Rule("layers.{i}.attention.wv", "blk.{i}.attn_v"),
              new Rule("layers.{i}.attention.wo", "blk.{i}.attn_output"),
              new Rule("layers.{i}.ffn_norm", "blk.{i}.ffn_norm"),
              new Rule("layers.{i}.feed_forward.w1", "blk.{i}.ffn_gate"),
              new Rule("layers.{i}.feed_forward.w2", "blk.{i}.ffn_down"),
              new Rule("layers.{i}.feed_forward.w3", "blk.{i}.ffn_up"))
          .ignoring("rope\\.freqs");

  /** Options that would change the result. */
  private static final List<String> UNKNOWN =
      List.of("moe", "sliding_window", "quantization_args", "lora_args", "vision_chunk_size");

  /** Of Llama 3's vocabulary: end_of_text, eom_id, eot_id; begin_of_text comes first of them. */
  private static final int LLAMA3_SPECIAL = 128_000;

  private final Config params;
  private final @Nullable TensorFile file;

  private MetaCheckpoint(Config params, @Nullable TensorFile file) {
    this.params = params;
    this.file = file;
  }

  /** The weights beside params.json; null if there are none. */
  static @Nullable TensorFile weights(Path folder) {
    if (!Consolidated.isIn(folder)) {
      return null;
    }
    Config params = Config.read(folder.resolve(PARAMS));
    long width = params.positive("dim");
    int heads = params.positive("n_heads");
    long headSize = params.positive("head_dim", Math.max(1, (int) (width / heads)));
    return Consolidated.open(folder, width, headSize * params.positive("n_kv_heads", heads));
  }

  static MetaCheckpoint read(Path folder, @Nullable TensorFile file) {
    return new MetaCheckpoint(Config.read(folder.resolve(PARAMS)), file);
  }

  Config config() {
    for (String key : UNKNOWN) {
      if (params.has(key) && !Boolean.FALSE.equals(params.get(key))) {
        throw new PunaException(
            params.where() + ": option " + key + " is not implemented for this layout",
            "use the Hugging Face version of the model, or a GGUF file");
      }
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", "llama");
    config.put("hidden_size", params.positive("dim"));
    config.put("num_hidden_layers", params.positive("n_layers"));
    config.put("num_attention_heads", params.positive("n_heads"));
    config.put("num_key_value_heads", params.positive("n_kv_heads", params.positive("n_heads")));
    if (params.has("head_dim")) {
      config.put("head_dim", params.positive("head_dim"));
    }
    config.put("intermediate_size", hidden());
    config.put("vocab_size", vocabulary());
    config.put("rms_norm_eps", params.number("norm_eps", 1e-5));
    config.put("rope_theta", params.number("rope_theta", 10000));
    config.put("max_position_embeddings", context());
    if (scaledRope()) {
      config.put("rope_scaling", ropeScaling());
    }
    config.put("tie_word_embeddings", file != null && !file.tensors().containsKey("output.weight"));
    return Config.of(params.where(), config);
  }

  private boolean scaledRope() {
    return params.flag("use_scaled_rope", false);
  }

  /** llama-models' apply_scaling; of Llama 3.2, the factor is known by its smaller widths only. */
  private Map<String, Object> ropeScaling() {
    int width = params.positive("dim");
    return Map.of(
        "rope_type",
        "llama3",
        "factor",
        params.number("rope_scaling_factor", width < 4096 ? 32 : 8),
        "low_freq_factor",
        1.0,
        "high_freq_factor",
        params.number("rope_high_freq_factor", 4),
        "original_max_position_embeddings",
        8192);
  }

  /** Not in params.json: the releases differ in what tells them apart. */
  private int context() {
    double base = params.number("rope_theta", 10000);
    int width = params.positive("dim");
    int otherwise;
    if (scaledRope()) {
      otherwise = 131_072; // Llama 3.1 and later
    } else if (base == 1e6) {
      otherwise = 16_384; // Code Llama
    } else if (base == 5e5) {
      otherwise = 8192; // Llama 3
    } else if (params.number("norm_eps", 1e-5) == 1e-6
        || width == 8192 && !params.has("n_kv_heads")) {
      otherwise = 2048; // LLaMA 1; its 65B has the epsilon of LLaMA 2, but no grouped queries
    } else {
      otherwise = 4096;
    }
    return params.positive("max_seq_len", otherwise);
  }

  /** Of the tensors where there are some; otherwise by ModelArgs' rule. */
  private int hidden() {
    StoredTensor gate = tensor("layers.0.feed_forward.w1.weight");
    if (gate != null) {
      return size(gate.rows());
    }
    if (params.has("hidden_dim")) {
      return params.positive("hidden_dim");
    }
    long hidden = 8L * params.positive("dim") / 3;
    hidden = (long) (params.number("ffn_dim_multiplier", 1) * hidden);
    int multiple = params.positive("multiple_of", 256);
    return size(Math.ceilDiv(hidden, (long) multiple) * multiple);
  }

  /** LLaMA 1 and 2 say -1 and mean their tokenizer's. */
  private int vocabulary() {
    if (params.integer("vocab_size", -1) > 0) {
      return params.positive("vocab_size");
    }
    StoredTensor table = tensor("tok_embeddings.weight");
    return table == null ? 32_000 : size(table.rows());
  }

  private @Nullable StoredTensor tensor(String name) {
    return file == null ? null : file.tensors().get(name);
  }

  private int size(long size) {
    if (size < 1 || size > Integer.MAX_VALUE) {
      throw new PunaException(
          params.where() + " gives a matrix " + size + " rows", "the file is damaged");
    }
    return (int) size;
  }

  /** Meta's code asks its tokenizer; the releases' ids are these. */
  GenerationConfig generation() {
    boolean third = vocabulary() >= LLAMA3_SPECIAL;
    return third
        ? GenerationConfig.of(
            new LinkedHashSet<>(
                List.of(LLAMA3_SPECIAL + 1, LLAMA3_SPECIAL + 8, LLAMA3_SPECIAL + 9)),
            OptionalInt.of(LLAMA3_SPECIAL))
        : GenerationConfig.of(new LinkedHashSet<>(List.of(2)), OptionalInt.of(1));
  }

  /** In the folder, or beside it, where LLaMA 1 and 2 have one for all sizes. */
  static @Nullable Path tokenizer(Path folder) {
    Path parent = folder.toAbsolutePath().getParent();
    if (TokenizerReader.isIn(folder)) {
      return folder;
    }
    return parent != null && TokenizerReader.isIn(parent) ? parent : null;
  }
}
