package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.formats.Safetensors;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConvertTest {
  @TempDir Path folder;

  /** Rows of queries and keys change places on the way; the numbers that come out must not. */
  @ParameterizedTest
  @ValueSource(
      strings = {"llama_mha", "llama_bias", "llama_tied", "llama_rope_llama3", "llama_rope_yarn"})
  void convertedModelsGiveTheSameLogits(String fixture) {
    Path source = Shared.data("fixtures/" + fixture);
    Path target = folder.resolve(fixture + ".gguf");
    Puna converted = Puna.run("convert", source, target, "--type", "F32");
    assertThat(converted.status()).as(converted.err()).isZero();
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    int[] ids = Shared.ints(prompts.get(3).get("input_ids"));
    float[][] expected = logits(source, ids);
    float[][] actual = logits(target, ids);
    for (int t = 0; t < ids.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        assertThat(actual[t][v]).isCloseTo(expected[t][v], within(3e-5f));
      }
    }
  }

  private static float[][] logits(Path model, int[] ids) {
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      return Forward.of(checkpoint, ids, Options.defaults().device("reference"), false).logits();
    }
  }

  /** There and back: the second folder's numbers are those of the first. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "llama_bias", "llama_tied", "llama_rope_yarn", "llama_bin"})
  void safetensorsGiveTheSameLogits(String fixture) {
    Path source = Shared.data("fixtures/" + fixture);
    Path gguf = folder.resolve("a.gguf");
    Path target = folder.resolve("b");
    assertThat(Puna.run("convert", source, gguf, "--type", "F32").status()).isZero();
    Puna converted = Puna.run("convert", gguf, target, "--type", "F32", "--shard-bytes", 40_000);
    assertThat(converted.status()).as(converted.err()).isZero();
    assertThat(target.resolve("model.safetensors.index.json")).exists();
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    int[] ids = Shared.ints(prompts.get(3).get("input_ids"));
    assertThat(logits(target, ids)).isDeepEqualTo(logits(source, ids));
  }

  @Test
  void safetensorsCarryTheVocabulary() {
    Path target = folder.resolve("hf");
    Puna.json("convert", "stories", target, "--type", "F16", "--json");
    String text = "Once upon a time,\n\nLily saw  a 狗.";
    assertThat(Puna.json("tokenize", "-m", target, "-p", text, "--json"))
        .isEqualTo(Puna.json("tokenize", "-p", text, "--json"));
    Puna story = Puna.run("run", "-m", target, "-p", "Once upon a time", "--temp", 0, "-n", 20);
    assertThat(story.out())
        .isEqualTo(Puna.run("run", "-p", "Once upon a time", "--temp", 0, "-n", 20).out());
  }

  /** Copies of one head, pooled again, are that head: grouped-query attention is no other sum. */
  @Test
  void poolsHeadsByTheirMean() {
    Path source = Shared.data("fixtures/llama_mha");
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    int[] ids = Shared.ints(prompts.get(3).get("input_ids"));
    Path same = folder.resolve("same.gguf");
    int heads = Shared.json(source.resolve("config.json")).get("num_attention_heads").asInt();
    Puna.json("convert", source, same, "--type", "F32", "--kv-heads", heads, "--json");
    float[][] expected = logits(source, ids);
    float[][] actual = logits(same, ids);
    for (int t = 0; t < ids.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        assertThat(actual[t][v]).isCloseTo(expected[t][v], within(3e-5f));
      }
    }
    Path pooled = folder.resolve("pooled");
    Puna.json("convert", source, pooled, "--type", "F32", "--kv-heads", 2, "--json");
    assertThat(Shared.json(pooled.resolve("config.json")).get("num_key_value_heads").asInt())
        .isEqualTo(2);
    try (Safetensors before = Safetensors.open(source);
        Safetensors after = Safetensors.open(pooled)) {
      String name = "model.layers.1.self_attn.k_proj.weight";
      Tensor all = before.tensors().get(name).matrix();
      float[] mean = after.tensors().get(name).matrix().toArray();
      int size = (int) all.rows() / heads;
      int cols = (int) all.cols();
      float[] numbers = all.toArray();
      for (int i = 0; i < mean.length; i++) {
        int row = i / cols;
        double sum = 0;
        for (int h = 0; h < heads / 2; h++) {
          int from = (row / size * (heads / 2) + h) * size + row % size;
          sum += numbers[from * cols + i % cols];
        }
        assertThat(mean[i]).isCloseTo((float) (sum / (heads / 2)), within(1e-7f));
      }
    }
    Puna uneven = Puna.run("convert", source, folder.resolve("x.gguf"), "--kv-heads", 3);
    assertThat(uneven.status()).isEqualTo(1);
    assertThat(uneven.err()).hasLineCount(1).contains("choose a divisor of " + heads);
  }

  /** A GGUF file keeps all but its matrices' type, and quantizing is the same on either way. */
  @Test
  void quantizesGgufAsItConverts() throws IOException {
    Path source = Shared.data("models/stories-7m");
    Path wide = folder.resolve("f32.gguf");
    Puna.json("convert", source, wide, "--type", "F32", "--json");
    for (String type : List.of("Q4_K", "Q5_1", "F16")) {
      Path direct = folder.resolve(type + "-direct.gguf");
      Path again = folder.resolve(type + "-again.gguf");
      Puna.json("convert", source, direct, "--type", type, "--json");
      JsonNode report = Puna.json("quantize", wide, again, "--type", type, "--json");
      assertThat(report.get("quantized_twice")).isEmpty();
      try (Gguf a = Gguf.open(direct);
          Gguf b = Gguf.open(again)) {
        assertThat(b.tensors().keySet()).isEqualTo(a.tensors().keySet());
        for (String name : a.tensors().keySet()) {
          assertThat(b.tensors().get(name).type()).isEqualTo(a.tensors().get(name).type());
          assertThat(b.tensors().get(name).data().mismatch(a.tensors().get(name).data()))
              .as(name)
              .isEqualTo(-1);
        }
        assertThat(b.metadata().integer("general.file_type"))
            .isEqualTo(a.metadata().integer("general.file_type"));
        assertThat(b.metadata().texts("tokenizer.ggml.tokens"))
            .isEqualTo(a.metadata().texts("tokenizer.ggml.tokens"));
      }
    }
    Path twice = folder.resolve("twice.gguf");
    Puna lossy = Puna.run("quantize", folder.resolve("Q4_K-again.gguf"), twice, "--type", "Q8_0");
    assertThat(lossy.status()).isZero();
    assertThat(lossy.err()).contains("quantized before");
  }

  /** What an importance matrix says reaches the encoder, row by row. */
  @Test
  void importanceDecidesWhatIsKept() {
    Path source = Shared.data("models/stories-7m");
    Path imatrix = folder.resolve("imatrix.gguf");
    String name = "blk.2.ffn_down.weight";
    float[] importance = new float[768];
    for (int i = 0; i < importance.length; i++) {
      importance[i] = i % 7 + 0.25f;
    }
    Map<String, float[]> tensors =
        Map.of(name + ".in_sum2", importance, name + ".counts", new float[] {1});
    GgufWriter.write(
        imatrix,
        new LinkedHashMap<>(Map.of("general.type", "imatrix")),
        List.of(
            new GgufWriter.Entry(name + ".in_sum2", DType.F32, List.of(768L)),
            new GgufWriter.Entry(name + ".counts", DType.F32, List.of(1L))),
        entry -> MemorySegment.ofArray(tensors.get(entry.name())));
    Path weighted = folder.resolve("weighted.gguf");
    Puna.json("quantize", source, weighted, "--type", "Q4_K", "--imatrix", imatrix, "--json");
    try (Checkpoint checkpoint = Checkpoint.open(source, null);
        Gguf file = Gguf.open(weighted)) {
      Tensor matrix = checkpoint.tensors().get(name).matrix();
      float[] row = new float[768];
      matrix.row(5, row, 0);
      byte[] expected = new byte[(int) DType.Q4_K.bytes(768)];
      DType.Q4_K.encode(row, 0, 768, importance, MemorySegment.ofArray(expected), 0);
      byte[] plain = new byte[expected.length];
      DType.Q4_K.encode(row, 0, 768, MemorySegment.ofArray(plain), 0);
      byte[] written =
          file.tensors().get(name).matrix().rows(5, 6).data().toArray(ValueLayout.JAVA_BYTE);
      assertThat(written).isEqualTo(expected).isNotEqualTo(plain);
    }
  }

  /** The file in the repository is what the converter makes of the trained checkpoint. */
  @Test
  void bundledModelComesFromThisConverter() throws IOException {
    Path target = folder.resolve("stories-7m-q8_0.gguf");
    Puna.json("convert", Shared.data("models/stories-7m"), target, "--type", "Q8_0", "--json");
    assertThat(target).hasSameBinaryContentAs(Bundled.resolve(null));
  }

  @Test
  void tokenizerSurvives() {
    Path source = Shared.data("models/stories-7m");
    String text = "Once upon a time,\n\nLily saw  a 狗.";
    JsonNode expected = Puna.json("tokenize", "-m", source, "-p", text, "--json");
    assertThat(Puna.json("tokenize", "-p", text, "--json")).isEqualTo(expected);
  }

  /** Rows of 172 numbers are not whole blocks of 32. */
  @Test
  void fallsBackWhereBlocksDoNotFit() {
    Path target = folder.resolve("stories260K.gguf");
    JsonNode report =
        Puna.json(
            "convert", Shared.data("models/stories260K.gguf"), target, "--type", "Q4_0", "--json");
    assertThat(report.get("stored_as_f16").size()).isEqualTo(5);
    assertThat(report.get("stored_as_f16").get(0).asText()).isEqualTo("blk.0.ffn_down.weight");
    Puna story = Puna.run("run", "-m", target, "-p", "Once upon a time", "--temp", 0, "-n", 12);
    assertThat(story.out()).contains("little");
  }

  @Test
  void leavesNothingBehindWhenItFails() throws IOException {
    Path source = Shared.data("fixtures/llama_rope_dynamic");
    Puna failed = Puna.run("convert", source, folder.resolve("x.gguf"));
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains("dynamic NTK").hasLineCount(1);
    assertThat(Puna.run("convert", "stories", folder.resolve("x"), "--type", "Q8_0").status())
        .isEqualTo(1);
    assertThat(Puna.run("quantize", "stories", folder.resolve("x.bin"), "--type", "Q8_0").status())
        .isEqualTo(1);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
