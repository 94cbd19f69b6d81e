package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.formats.FourBitLayer;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TorchWriter;
import dev.puna.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PyTorch's formats, GPTQ and AWQ, split GGUF. */
class ContainersTest extends ContainerCase {
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
