package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guessing changes the speed of texts, and nothing of them; on tiny models of random numbers. */
class SpeculationTest {
  private static final int[][] PROMPTS = {
    {239, 179, 14, 112, 17, 149, 78, 203, 108, 193},
    {5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6},
    {124, 136, 57, 80}
  };

  private static Path model(String name) {
    Path model = Fixtures.folder(name);
    Assumptions.assumeTrue(Files.exists(model), "needs " + model);
    return model;
  }

  private static List<List<Integer>> texts(Path model, Speculation speculation) {
    Options options =
        Options.defaults().device("reference").context(120).parallel(3).speculation(speculation);
    try (Engine engine = Engine.open(model, options)) {
      List<Generation> all = new ArrayList<>();
      for (int[] prompt : PROMPTS) {
        Stop stop = new Stop(40, List.of(), true);
        all.add(engine.submit(new Request(prompt, Sampling.greedy(), stop)));
        all.add(engine.submit(new Request(prompt, new Sampling(0.9, 20, 0.95, 7), stop)));
      }
      return all.stream().map(g -> g.await().tokens()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mamba", "mamba2", "jamba", "mistral_swa", "deepseek_v3"})
  void whatIsSaidStaysTheSame(String name) {
    Path model = model(name);
    List<List<Integer>> plain = texts(model, Speculation.NONE);
    assertThat(texts(model, new Speculation.Lookup(3, 4))).isEqualTo(plain);
    assertThat(texts(model, new Speculation.Draft(model, 3))).isEqualTo(plain);
    assertThat(texts(model, new Speculation.Draft(model("llama_mha"), 5))).isEqualTo(plain);
  }

  /** A recurrent model guesses for another. */
  @ParameterizedTest
  @ValueSource(strings = {"mamba", "jamba", "qwen3"})
  void anyKindOfModelGuesses(String draft) {
    Path model = model("llama_gqa");
    assertThat(texts(model, new Speculation.Draft(model(draft), 4)))
        .isEqualTo(texts(model, Speculation.NONE));
  }

  /** A model that guesses for itself is right, but for where the last guess has no successor. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mamba"})
  void whoGuessesForItselfIsRight(String name) {
    Options options =
        Options.defaults()
            .device("reference")
            .context(120)
            .speculation(new Speculation.Draft(model(name), 3));
    try (Engine engine = Engine.open(model(name), options)) {
      Stop stop = new Stop(41, List.of(), true);
      Generation.Result result =
          engine.submit(new Request(PROMPTS[0], Sampling.greedy(), stop)).await();
      // one of the prompt, then ten times three guesses and the token after them
      assertThat(result.timing().guessedTokens()).isEqualTo(30);
    }
  }

  @Test
  void anotherVocabularyIsRefused() {
    Path model = model("llama_gqa");
    Path other = Fixtures.shared().resolve("models").resolve("stories260K.gguf");
    Options options =
        Options.defaults().device("reference").speculation(new Speculation.Draft(other, 3));
    assertThatThrownBy(() -> Engine.open(model, options))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("has another vocabulary than");
  }
}
