package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TorchWriter;
import dev.puna.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What keeps the rows of queries and keys in Meta's order: its own layout, and llama2.c's. */
class MetaContainersTest extends ContainerCase {
  // ---- Meta ----

  private static final Map<String, String> META =
      Map.ofEntries(
          Map.entry("model.embed_tokens", "tok_embeddings"),
          Map.entry("model.norm", "norm"),
          Map.entry("lm_head", "output"),
          Map.entry("input_layernorm", "attention_norm"),
          Map.entry("self_attn.q_proj", "attention.wq"),
          Map.entry("self_attn.k_proj", "attention.wk"),
          Map.entry("self_attn.v_proj", "attention.wv"),
          Map.entry("self_attn.o_proj", "attention.wo"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "feed_forward.w1"),
          Map.entry("mlp.down_proj", "feed_forward.w2"),
          Map.entry("mlp.up_proj", "feed_forward.w3"));

  static String metaName(String name) {
    String stem = name.substring(0, name.lastIndexOf('.'));
    String layer =
        stem.startsWith("model.layers.") ? stem.substring(6, stem.indexOf('.', 13) + 1) : "";
    String part = layer.isEmpty() ? stem : stem.substring(6 + layer.length());
    return layer + META.get(part) + ".weight";
  }

  /** Rows of a head's two halves, which turn together, next to each other. */
  private static StoredTensor interleaved(StoredTensor tensor, int headSize) {
    float[] x = tensor.matrix().toArray();
    float[] y = new float[x.length];
    int cols = (int) tensor.columns();
    for (int row = 0; row < tensor.rows(); row++) {
      int in = row % headSize;
      int from = row - in + in % 2 * (headSize / 2) + in / 2;
      System.arraycopy(x, from * cols, y, row * cols, cols);
    }
    return f32(tensor.name(), tensor.shape(), y);
  }

  /** The fixture in Meta's order and names. */
  private List<StoredTensor> metaTensors(JsonNode config) {
    int headSize = config.get("hidden_size").asInt() / config.get("num_attention_heads").asInt();
    List<StoredTensor> tensors = new ArrayList<>();
    for (StoredTensor tensor : fixture.tensors().values()) {
      boolean turns = tensor.name().contains("q_proj") || tensor.name().contains("k_proj");
      StoredTensor ordered = turns ? interleaved(tensor, headSize) : tensor;
      tensors.add(
          new StoredTensor(metaName(tensor.name()), DType.F32, tensor.shape(), ordered.data()));
    }
    return tensors;
  }

  /** Part {@code i} of {@code n} along one axis. */
  private static StoredTensor part(StoredTensor tensor, int i, int n, boolean byRows) {
    int rows = (int) tensor.rows() / (byRows ? n : 1);
    int cols = (int) tensor.columns() / (byRows ? 1 : n);
    float[] all = tensor.matrix().toArray();
    float[] part = new float[rows * cols];
    for (int r = 0; r < rows; r++) {
      int from = byRows ? (i * rows + r) * cols : r * cols * n + i * cols;
      System.arraycopy(all, from, part, r * cols, cols);
    }
    return f32(tensor.name(), List.of((long) rows, (long) cols), part);
  }

  @ParameterizedTest
  @CsvSource({
    "llama_gqa, 1, false",
    "llama_gqa, 2, false",
    "llama_gqa, 2, true",
    "llama_mha, 2, false",
    "llama_mha, 4, true"
  })
  void metasLayout(String name, int shards, boolean third) throws IOException {
    use(name);
    JsonNode config = Shared.json(source.resolve("config.json"));
    Path model = Files.createDirectory(folder.resolve("7B"));
    for (int i = 0; i < shards; i++) {
      TorchWriter writer = new TorchWriter();
      for (StoredTensor tensor : metaTensors(config)) {
        boolean vector = tensor.shape().size() == 1;
        boolean byColumns =
            tensor.name().contains(".wo.")
                || tensor.name().contains(".w2.")
                || tensor.name().startsWith("tok_") && !third;
        writer.add(vector ? tensor : part(tensor, i, shards, !byColumns));
      }
      Files.write(model.resolve("consolidated.%02d.pth".formatted(i)), writer.zip());
    }
    Files.writeString(
        model.resolve("params.json"),
        """
        {"dim": %s, "n_layers": %s, "n_heads": %s, "n_kv_heads": %s, "multiple_of": 256,
         "norm_eps": %s, "vocab_size": -1, "rope_theta": %s}
        """
            .formatted(
                config.get("hidden_size"),
                config.get("num_hidden_layers"),
                config.get("num_attention_heads"),
                config.get("num_key_value_heads"),
                config.get("rms_norm_eps"),
                config.get("rope_theta")));
    asTheFixture(model);
  }

  // ---- llama2.c ----

  /** What llama2.c stores, in the order of its versions 1 and 2. */
  private List<StoredTensor> llama2cTensors(JsonNode config) {
    Map<String, StoredTensor> named = new LinkedHashMap<>();
    metaTensors(config).forEach(t -> named.put(t.name(), t));
    List<StoredTensor> ordered = new ArrayList<>();
    int layers = config.get("num_hidden_layers").asInt();
    for (String part : List.of("attention_norm", "ffn_norm")) {
      for (int l = 0; l < layers; l++) {
        ordered.add(named.get("layers." + l + "." + part + ".weight"));
      }
    }
    ordered.add(named.get("norm.weight"));
    ordered.add(named.get("tok_embeddings.weight"));
    for (String part :
        List.of(
            "attention.wq",
            "attention.wk",
            "attention.wv",
            "attention.wo",
            "feed_forward.w1",
            "feed_forward.w2",
            "feed_forward.w3")) {
      for (int l = 0; l < layers; l++) {
        ordered.add(named.get("layers." + l + "." + part + ".weight"));
      }
    }
    ordered.add(named.get("output.weight"));
    return ordered;
  }

  private Path llama2c(int version) throws IOException {
    JsonNode config = Shared.json(source.resolve("config.json"));
    ByteBuffer out = ByteBuffer.allocate(1 << 20);
    out.order(ByteOrder.LITTLE_ENDIAN).putInt(0x616b3432).putInt(version);
    for (String key :
        List.of(
            "hidden_size",
            "intermediate_size",
            "num_hidden_layers",
            "num_attention_heads",
            "num_key_value_heads",
            "vocab_size",
            "max_position_embeddings")) {
      out.putInt(config.get(key).asInt());
    }
    out.put((byte) 0).putInt(32).position(256);
    for (StoredTensor tensor : llama2cTensors(config)) {
      float[] x = tensor.matrix().toArray();
      if (version == 1 || tensor.shape().size() == 1) {
        for (float number : x) {
          out.putFloat(number);
        }
      } else {
        quantize(x, out);
      }
    }
    return Files.write(folder.resolve("m.bin"), Arrays.copyOf(out.array(), out.position()));
  }

  /** quantize_q80 of export.py in groups of 32. */
  private static void quantize(float[] x, ByteBuffer out) {
    float[] scales = new float[x.length / 32];
    for (int i = 0; i < x.length; i++) {
      scales[i / 32] = Math.max(scales[i / 32], Math.abs(x[i]) / 127);
    }
    for (int i = 0; i < x.length; i++) {
      out.put((byte) Math.rint(x[i] / scales[i / 32]));
    }
    for (float scale : scales) {
      out.putFloat(scale);
    }
  }

  @Test
  void llama2cInSinglePrecision() throws IOException {
    asTheFixture(llama2c(1));
  }

  @Test
  void llama2cIn8Bits() throws IOException {
    Path model = llama2c(2);
    float[][] expected = logits(source, IDS, "reference");
    float[][] actual = logits(model, IDS, "reference");
    close(actual, expected, 0.15f); // of logits of size 5, by rounding weights to 1 / 254
    close(logits(model, IDS, "cpu"), actual, 1e-4f);
    assertThat(actual[0][0]).isNotEqualTo(expected[0][0]);
  }

  @Test
  void convertsWhatHasToBeMade() throws IOException {
    Path model = llama2c(2);
    Path target = folder.resolve("m.gguf");
    assertThat(Puna.run("convert", model, target, "--type", "F32").err()).isEmpty();
    close(logits(target, IDS, "reference"), logits(model, IDS, "reference"), 3e-5f);
  }
}
