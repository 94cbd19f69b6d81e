package dev.puna.model;

import dev.puna.formats.GgufMetadata;
import dev.puna.formats.StoredTensor;
import dev.puna.program.RopeScaling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A GGUF file's rotary embedding as {@code rope_parameters}. */
final class GgufRope {
  private final String architecture;
  private final GgufMetadata metadata;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, Object> rope = new LinkedHashMap<>();

  GgufRope(String architecture, GgufMetadata metadata, Map<String, StoredTensor> tensors) {
    this.architecture = architecture;
    this.metadata = metadata;
    this.tensors = tensors;
  }

  Map<String, Object> parameters() {
    rope.put("rope_theta", metadata.number(key("rope.freq_base"), 10000));
    String type = Objects.requireNonNullElse(metadata.text(key("rope.scaling.type"), null), "none");
    rope.put("rope_type", type);
    if (metadata.has(key("rope.scale_linear"))) { // what files had before scaling.type
      double factor = metadata.number(key("rope.scale_linear"));
      rope.put("rope_type", factor == 1 ? "none" : "linear");
      rope.put("factor", factor);
    }
    copy("rope.scaling.factor", "factor");
    copy("rope.scaling.original_context_length", "original_max_position_embeddings");
    copy("rope.scaling.yarn_beta_fast", "beta_fast");
    copy("rope.scaling.yarn_beta_slow", "beta_slow");
    magnitude(type);
    tables(type);
    return rope;
  }

  /** llama.cpp multiplies the paper's magnitude, or that of {@code mscale_all_dim}, by a factor. */
  private void magnitude(String type) {
    double everywhere = 10 * metadata.number(key("rope.scaling.yarn_log_multiplier"), 0);
    if (everywhere != 0) {
      rope.put("mscale", everywhere);
      rope.put("mscale_all_dim", everywhere);
    }
    double own = metadata.number(key("rope.scaling.attn_factor"), 1);
    if (type.equals("yarn") && own != 1) {
      double factor = metadata.number(key("rope.scaling.factor"), 1);
      double magnitude = everywhere == 0 ? RopeScaling.Yarn.magnitude(factor, 1) : 1;
      rope.put("attention_factor", magnitude * own);
    }
  }

  private void tables(String type) {
    if (tensors.containsKey("rope_factors_long.weight")) {
      rope.put("rope_type", "longrope");
      rope.put("long_factor", numbers("rope_factors_long.weight"));
      rope.put("short_factor", numbers("rope_factors_short.weight"));
      rope.put("attention_factor", metadata.number(key("rope.scaling.attn_factor"), 1));
    } else if (tensors.containsKey("rope_freqs.weight") && !type.equals("longrope")) {
      rope.put("rope_type", RopeConfig.DIVISORS);
      rope.put(RopeConfig.DIVISORS, numbers("rope_freqs.weight"));
    }
  }

  private List<Object> numbers(String name) {
    StoredTensor tensor = tensors.get(name);
    List<Object> list = new ArrayList<>();
    for (float number : tensor == null ? new float[0] : tensor.matrix().toArray()) {
      list.add((double) number);
    }
    return list;
  }

  private void copy(String suffix, String to) {
    if (metadata.has(key(suffix))) {
      rope.put(to, metadata.number(key(suffix)));
    }
  }

  private String key(String suffix) {
    return architecture + "." + suffix;
  }
}
