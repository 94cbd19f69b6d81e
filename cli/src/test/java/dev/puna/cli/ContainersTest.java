package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.formats.FourBitLayer;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.formats.Safetensors;
import dev.puna.formats.SafetensorsWriter;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TorchWriter;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A fixture's weights in every other container: the logits stay those that another implementation
 * computed, or, where the numbers are rounded on the way, those of the rounded numbers in single
 * precision.
 */
class ContainersTest {
  private static final int[] IDS = {1, 7, 200, 33, 5, 90};

  @TempDir Path folder;

  private Path source;
  private Safetensors fixture;

  @BeforeEach
  void openFixture() {
    use("llama_gqa");
  }

  private void use(String name) {
    closeFixture();
    source = Shared.data("fixtures/" + name);
    fixture = Safetensors.open(source);
  }

  @AfterEach
  void closeFixture() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private void copyConfig(Path to) throws IOException {
    Files.copy(source.resolve("config.json"), to.resolve("config.json"));
  }

  private static float[][] logits(Path model, int[] ids, String device) {
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      return Forward.of(checkpoint, ids, Options.defaults().device(device), false).logits();
    }
  }

  private static void close(float[][] actual, float[][] expected, float tolerance) {
    assertThat(actual).hasDimensions(expected.length, expected[0].length);
    for (int t = 0; t < actual.length; t++) {
      for (int v = 0; v < actual[t].length; v++) {
        assertThat(actual[t][v]).as("[%d, %d]", t, v).isCloseTo(expected[t][v], within(tolerance));
      }
    }
  }

  /** The logits are those of the fixture's other implementation. */
  private void asTheFixture(Path model) {
    JsonNode prompt = Shared.json(source.resolve("reference.json")).get("prompts").get(2);
    int[] ids = Shared.ints(prompt.get("input_ids"));
    try (Safetensors reference = Safetensors.open(source.resolve("reference.safetensors"))) {
      Tensor stored = reference.tensors().get("logits.2").matrix();
      float[][] expected = new float[ids.length][(int) stored.cols()];
      for (int t = 0; t < ids.length; t++) {
        stored.row(t, expected[t], 0);
      }
      close(logits(model, ids, "reference"), expected, 3e-5f);
      close(logits(model, ids, "cpu"), expected, 1e-4f);
    }
  }

  /** The logits are those of these weights in single precision. */
  private void as(Path model, SequencedMap<String, StoredTensor> weights) throws IOException {
    Path plain = Files.createDirectory(folder.resolve("plain"));
    copyConfig(plain);
    SequencedMap<String, StoredTensor> all = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> all.put(name, TorchWriter.as(DType.F32, tensor)));
    SafetensorsWriter.write(
        plain,
        all.values().stream()
            .map(t -> new SafetensorsWriter.Entry(t.name(), t.type(), t.shape()))
            .toList(),
        50_000, // several shards
        entry -> all.get(entry.name()).data());
    float[][] expected = logits(plain, IDS, "reference");
    close(logits(model, IDS, "reference"), expected, 3e-5f);
    close(logits(model, IDS, "cpu"), expected, 1e-4f);
  }

  private static StoredTensor f32(String name, List<Long> shape, float[] numbers) {
    MemorySegment data = Arena.ofAuto().allocate(4L * numbers.length, 64);
    DType.F32.encode(numbers, 0, numbers.length, data, 0);
    return new StoredTensor(name, DType.F32, shape, data);
  }

  // ---- PyTorch ----

  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "llama_mha", "llama_tied"})
  void legacyBin(String name) throws IOException {
    use(name);
    copyConfig(folder);
    byte[] bytes = new TorchWriter().addAll(fixture.tensors()).legacy();
    Files.write(folder.resolve("pytorch_model.bin"), bytes);
    asTheFixture(folder);
  }

  @ParameterizedTest
  @CsvSource({"F16, true", "BF16, true", "BF16, false"})
  void shardedBin(DType type, boolean zip) throws IOException {
    copyConfig(folder);
    TorchWriter[] shards = {new TorchWriter(), new TorchWriter()};
    StringJoiner index = new StringJoiner(",", "{\"metadata\":{},\"weight_map\":{", "}}");
    SequencedMap<String, StoredTensor> rounded = new LinkedHashMap<>();
    for (StoredTensor tensor : fixture.tensors().values()) {
      int shard = rounded.size() % 2;
      StoredTensor other = TorchWriter.as(type, tensor);
      rounded.put(tensor.name(), other);
      shards[shard].add(other);
      index.add("\"%s\":\"pytorch_model-0000%d-of-00002.bin\"".formatted(tensor.name(), shard + 1));
    }
    Files.writeString(folder.resolve("pytorch_model.bin.index.json"), index.toString());
    for (int i = 0; i < 2; i++) {
      byte[] bytes = zip ? shards[i].zip() : shards[i].legacy();
      Files.write(folder.resolve("pytorch_model-0000%d-of-00002.bin".formatted(i + 1)), bytes);
    }
    as(folder, rounded);
  }

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

  // ---- GPTQ and AWQ ----

  /** Rounds a matrix [outputs, inputs] to 4 bits in groups of inputs. */
  private static FourBitLayer layer(StoredTensor tensor, int[] group, int groups) {
    int outputs = (int) tensor.rows();
    int inputs = (int) tensor.columns();
    float[] x = tensor.matrix().toArray();
    FourBitLayer layer = new FourBitLayer(group, new int[inputs][outputs], groups);
    for (int o = 0; o < outputs; o++) {
      for (int g = 0; g < groups; g++) {
        layer.scale[g][o] = Float.float16ToFloat(Float.floatToFloat16(0.03f + 0.001f * (o % 7)));
        layer.zero[g][o] = 6 + (o + g) % 4;
      }
      for (int i = 0; i < inputs; i++) {
        int g = group[i];
        long q = Math.round(x[o * inputs + i] / layer.scale[g][o]) + layer.zero[g][o];
        layer.q[i][o] = (int) Math.max(0, Math.min(15, q));
      }
    }
    return layer;
  }

  private static int[] groups(int inputs, int size, boolean ordered) {
    int[] groups = new int[inputs];
    for (int i = 0; i < inputs; i++) {
      groups[i] = (ordered ? i : i * 5 % inputs) / size;
    }
    return groups;
  }

  @ParameterizedTest
  @CsvSource({
    "gptq, 32, true",
    "gptq, 16, true",
    "gptq, 32, false",
    "gptq_v2, 64, true",
    "awq, 32, true",
    "awq, 16, true"
  })
  void fourBits(String kind, int size, boolean ordered) throws IOException {
    String json = Files.readString(source.resolve("config.json")).strip();
    String method = kind.equals("gptq_v2") ? "gptq" : kind;
    Files.writeString(
        folder.resolve("config.json"),
        json.substring(0, json.length() - 1)
            + ",\"quantization_config\":{\"quant_method\":\"%s\",\"bits\":4,\"group_size\":%d"
                .formatted(method, size)
            + (method.equals("gptq") ? ",\"checkpoint_format\":\"" + kind + "\"" : "")
            + "}}");
    FourBitLayer.Parts parts = new FourBitLayer.Parts();
    SequencedMap<String, StoredTensor> rounded = new LinkedHashMap<>();
    for (StoredTensor tensor : fixture.tensors().values()) {
      if (!tensor.name().contains("_proj")) {
        parts.add(tensor);
        rounded.put(tensor.name(), tensor);
        continue;
      }
      int inputs = (int) tensor.columns();
      int[] group = groups(inputs, size, ordered);
      FourBitLayer layer = layer(tensor, group, Math.ceilDiv(inputs, size));
      String stem = tensor.name().substring(0, tensor.name().length() - "weight".length());
      if (method.equals("gptq")) {
        layer.gptq(parts, stem, kind.equals("gptq") ? 1 : 0, true);
        // as AutoGPTQ gives to layers without one
        parts.add(f32(stem + "bias", List.of(tensor.rows()), new float[(int) tensor.rows()]));
      } else {
        layer.awq(parts, stem);
      }
      float[] numbers = new float[(int) tensor.elements()];
      for (int n = 0; n < numbers.length; n++) {
        numbers[n] = layer.number(n / inputs, n % inputs);
      }
      rounded.put(tensor.name(), f32(tensor.name(), tensor.shape(), numbers));
    }
    parts.write(folder.resolve("model.safetensors"));
    as(folder, rounded);
  }

  // ---- GGUF ----

  @Test
  void convertsWhatHasToBeMade() throws IOException {
    Path model = llama2c(2);
    Path target = folder.resolve("m.gguf");
    assertThat(Puna.run("convert", model, target, "--type", "F32").err()).isEmpty();
    close(logits(target, IDS, "reference"), logits(model, IDS, "reference"), 3e-5f);
  }

  @Test
  void splitGguf() {
    Path whole = folder.resolve("m.gguf");
    assertThat(Puna.run("convert", source, whole, "--type", "F32").err()).isEmpty();
    Path last = whole;
    try (Gguf file = Gguf.open(whole)) {
      List<StoredTensor> tensors = List.copyOf(file.tensors().values());
      int half = tensors.size() / 2;
      for (int i = 0; i < 3; i++) { // the first holds only metadata
        SequencedMap<String, Object> metadata = new LinkedHashMap<>();
        metadata.putAll(i == 0 ? file.encodedMetadata() : Map.of());
        metadata.put("split.no", i);
        metadata.put("split.count", 3);
        metadata.put("split.tensors.count", tensors.size());
        List<GgufWriter.Entry> entries =
            tensors.subList(i < 2 ? 0 : half, i == 0 ? 0 : i == 1 ? half : tensors.size()).stream()
                .map(t -> new GgufWriter.Entry(t.name(), t.type(), t.shape()))
                .toList();
        last = folder.resolve("s-%05d-of-00003.gguf".formatted(i + 1));
        GgufWriter.write(last, metadata, entries, e -> file.tensors().get(e.name()).data());
      }
    }
    asTheFixture(folder.resolve("s-00001-of-00003.gguf"));
    asTheFixture(last);
  }
}
