package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.model.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertThat(Puna.run("convert", "stories", folder.resolve("x.bin")).status()).isEqualTo(1);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
