package dev.puna.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.puna.formats.Config;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;

/** A LLaMA of two layers: V = 10, D = 8, F = 12, H = 4, K = 2, h = 2. */
final class Tiny {
  private Tiny() {}

  static final int VOCAB = 10;
  static final int WIDTH = 8;
  static final int HIDDEN = 12;
  static final int KV_COLUMNS = 4;

  /** Its configuration, with other values for some keys; a null removes one. */
  static Config config(Object... changes) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", "llama");
    config.put("vocab_size", VOCAB);
    config.put("hidden_size", WIDTH);
    config.put("intermediate_size", HIDDEN);
    config.put("num_hidden_layers", 2);
    config.put("num_attention_heads", 4);
    config.put("num_key_value_heads", 2);
    config.put("max_position_embeddings", 64);
    config.put("rms_norm_eps", 1e-5);
    for (int i = 0; i < changes.length; i += 2) {
      config.put((String) changes[i], changes[i + 1]);
    }
    return Config.of("config.json", config);
  }

  static Spec spec(Object... changes) {
    Config config = config(changes);
    return Families.of(config).spec(config, Layout.HUGGING_FACE);
  }

  static Spec.Attention attention(Spec spec) {
    return (Spec.Attention) spec.layers().getFirst().mixer();
  }

  static Description description(String name, Spec spec) {
    Family family = Families.all().getFirst();
    return Description.of(name, family, spec);
  }

  /** The shapes of its tensors by their Hugging Face names, written down by hand. */
  static SequencedMap<String, List<Integer>> shapes() {
    SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", List.of(VOCAB, WIDTH));
    for (int i = 0; i < 2; i++) {
      String layer = "model.layers." + i + ".";
      shapes.put(layer + "input_layernorm.weight", List.of(WIDTH));
      shapes.put(layer + "self_attn.q_proj.weight", List.of(WIDTH, WIDTH));
      shapes.put(layer + "self_attn.k_proj.weight", List.of(KV_COLUMNS, WIDTH));
      shapes.put(layer + "self_attn.v_proj.weight", List.of(KV_COLUMNS, WIDTH));
      shapes.put(layer + "self_attn.o_proj.weight", List.of(WIDTH, WIDTH));
      shapes.put(layer + "post_attention_layernorm.weight", List.of(WIDTH));
      shapes.put(layer + "mlp.gate_proj.weight", List.of(HIDDEN, WIDTH));
      shapes.put(layer + "mlp.up_proj.weight", List.of(HIDDEN, WIDTH));
      shapes.put(layer + "mlp.down_proj.weight", List.of(WIDTH, HIDDEN));
    }
    shapes.put("model.norm.weight", List.of(WIDTH));
    shapes.put("lm_head.weight", List.of(VOCAB, WIDTH));
    return shapes;
  }

  /** Writes config.json and model.safetensors, all zeros in F32. */
  static Path write(Path folder, SequencedMap<String, List<Integer>> shapes, Object... changes)
      throws IOException {
    config(folder, changes);
    StringJoiner header = new StringJoiner(",", "{", "}");
    int end = 0;
    for (Map.Entry<String, List<Integer>> tensor : shapes.entrySet()) {
      int begin = end;
      end += 4 * tensor.getValue().stream().reduce(1, (a, b) -> a * b);
      header.add(
          "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(tensor.getKey(), tensor.getValue(), begin, end));
    }
    byte[] json = header.toString().getBytes(UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    Files.write(folder.resolve("model.safetensors"), bytes.array());
    return folder;
  }

  /** Writes only config.json. */
  static Path config(Path folder, Object... changes) throws IOException {
    Config config = config(changes);
    StringJoiner json = new StringJoiner(",", "{", "}");
    for (String key : config.keys()) {
      Object value = config.get(key);
      json.add("\"" + key + "\":" + (value instanceof String ? "\"" + value + "\"" : value));
    }
    return Files.writeString(folder.resolve("config.json"), json.toString());
  }
}
