package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.engine.Pooling;
import dev.puna.engine.TextRows;
import dev.puna.formats.Safetensors;
import dev.puna.model.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows that vectors of texts are made of, many texts at once. */
class TextRowsTest {
  private static final Options OPTIONS = Options.defaults();

  private static List<Forward.Input> prompts(String fixture) {
    JsonNode reference = Shared.json(Shared.data("fixtures/" + fixture).resolve("reference.json"));
    return reference
        .get("prompts")
        .valueStream()
        .map(p -> Forward.Input.of(Shared.ints(p.get("input_ids"))))
        .toList();
  }

  /** What another library hands on, of the first of several texts that are read together. */
  @ParameterizedTest
  @CsvSource({
    "llama_gqa,hidden",
    "gemma2,hidden",
    "gpt2,hidden",
    "mamba,hidden",
    "bert,last_hidden.0",
    "t5,encoder_last",
    "marian,encoder_last"
  })
  void rowsAreAnotherLibrarys(String fixture, String name) {
    Path folder = Shared.data("fixtures/" + fixture);
    try (Checkpoint checkpoint = Checkpoint.open(folder, null);
        Safetensors expected = Safetensors.open(folder.resolve("reference.safetensors"))) {
      List<float[][]> rows = TextRows.of(checkpoint, prompts(fixture), OPTIONS);
      assertThat(rows).hasSize(4);
      int layers = checkpoint.spec().layers().size();
      String full = name.equals("hidden") ? "hidden." + layers : name; // the last one is normalized
      FixtureTest.compare(rows.getFirst(), expected.tensors().get(full), 1e-4f);
    }
  }

  /** Bit for bit, in more texts than are read together, some longer than a step. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mistral_swa", "jamba", "bert", "t5"})
  void manyTextsAreEachByItself(String fixture) {
    Random random = new Random(4);
    boolean longest = !fixture.equals("bert"); // which has places for 128
    List<Forward.Input> texts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int length = 1 + random.nextInt(longest && i % 10 == 7 ? 700 : 40);
      texts.add(Forward.Input.of(random.ints(length, 3, 250).toArray()));
    }
    try (Checkpoint checkpoint = Checkpoint.open(Shared.data("fixtures/" + fixture), null)) {
      List<float[][]> together = TextRows.of(checkpoint, texts, OPTIONS);
      assertThat(together).hasSize(texts.size());
      for (int i = 0; i < texts.size(); i += 3) {
        float[][] alone = TextRows.of(checkpoint, List.of(texts.get(i)), OPTIONS).getFirst();
        assertThat(together.get(i)).isDeepEqualTo(alone);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void vectorsOfABatch(String device) {
    Path folder = Shared.data("fixtures/bert");
    JsonNode prompts = Shared.json(folder.resolve("reference.json")).get("prompts");
    try (Checkpoint checkpoint = Checkpoint.open(folder, null)) {
      List<float[][]> rows = TextRows.of(checkpoint, prompts("bert"), OPTIONS.device(device));
      for (int i = 0; i < rows.size(); i++) {
        float[] mean = Pooling.MEAN.vector(rows.get(i));
        for (int c = 0; c < mean.length; c++) {
          double expected = prompts.get(i).get("mean_pooled").get(c).asDouble();
          assertThat((double) mean[c]).isCloseTo(expected, within(1e-4));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "llama_gqa")
  void noTextsHaveNoRows(String fixture) {
    try (Checkpoint checkpoint = Checkpoint.open(Shared.data("fixtures/" + fixture), null)) {
      assertThat(TextRows.of(checkpoint, List.of(), OPTIONS)).isEmpty();
    }
  }
}
