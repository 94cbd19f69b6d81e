package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors, scores and looks inside, asked of an engine that has texts to continue meanwhile. */
class MoreThanTextTest {
  private static final Options OPTIONS =
      Options.defaults()
          .device("reference")
          .context(64)
          .parallel(3)
          .kvType(DType.F32)
          .scheduling(Scheduling.DEFAULT.cache(96));

  private static Path model(String name) {
    Path model = Fixtures.folder(name);
    Assumptions.assumeTrue(Files.exists(model), "needs " + model);
    return model;
  }

  private static List<int[]> texts() {
    Random random = new Random(2);
    List<int[]> texts = new ArrayList<>();
    for (int length : new int[] {10, 1, 40, 7, 23}) {
      texts.add(random.ints(length, 0, 256).toArray());
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mamba", "jamba", "bert", "chatglm_6b"})
  void vectorsAreThoseOfTheTextAlone(String name) {
    Path model = model(name);
    List<float[]> expected = new ArrayList<>();
    List<int[]> texts = name.startsWith("chatglm") ? List.of(glm()) : texts();
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      for (int[] text : texts) {
        expected.add(Pooling.MEAN.vector(Forward.rows(checkpoint, text, OPTIONS)));
      }
    }
    try (Engine engine = Engine.open(model, OPTIONS)) {
      List<Generation> meanwhile = new ArrayList<>();
      if (!name.equals("bert")) {
        for (int i = 0; i < 3; i++) {
          int[] prompt = name.startsWith("chatglm") ? glm() : new int[] {i, 2};
          Stop stop = new Stop(40, List.of(), true);
          meanwhile.add(engine.submit(new Request(prompt, Sampling.greedy(), stop)));
        }
      }
      List<float[]> vectors = engine.vectors(texts, Pooling.MEAN, null);
      for (int i = 0; i < vectors.size(); i++) {
        assertThat(vectors.get(i)).containsExactly(expected.get(i), within(1e-6f));
      }
      meanwhile.forEach(g -> assertThat(g.await().tokens()).hasSize(40));
    }
  }

  private static int[] glm() {
    return new int[] {132, 210, 231, 44, 119, 94, 207, 219, 226, 45, 251, 254}; // a blank to fill
  }

  /** ln p of each token is that of the logits at the place before it. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mamba", "mistral_swa"})
  void scoresAreThoseOfTheLogits(String name) {
    int[] text = new Random(4).ints(50, 0, 256).toArray();
    float[][] logits;
    try (Checkpoint checkpoint = Checkpoint.open(model(name), null)) {
      logits = Forward.of(checkpoint, text, OPTIONS, false).logits();
    }
    try (Engine engine = Engine.open(model(name), OPTIONS)) {
      double[] scores = engine.score(text);
      assertThat(scores).hasSize(49);
      for (int t = 0; t < scores.length; t++) {
        double total = 0;
        for (float x : logits[t]) {
          total += Math.exp(x);
        }
        assertThat(scores[t]).isCloseTo(logits[t][text[t + 1]] - Math.log(total), within(1e-5));
      }
      assertThat(engine.score(Arrays.copyOf(text, 2))).hasSize(1);
    }
  }

  @Test
  void anEngineLooksInside() {
    int[] text = new Random(4).ints(20, 0, 256).toArray();
    Insight.Wanted wanted = new Insight.Wanted(true, true, 3, List.of());
    Forward alone;
    try (Checkpoint checkpoint = Checkpoint.open(model("llama_gqa"), null)) {
      alone = Forward.of(checkpoint, text, OPTIONS, true);
    }
    try (Engine engine = Engine.open(model("llama_gqa"), OPTIONS)) {
      Insight insight = engine.look(Forward.Input.of(text), wanted);
      for (int l = 0; l < alone.hidden().length; l++) {
        assertThat(insight.layers().get(l).hidden()).isDeepEqualTo(alone.hidden()[l]);
        assertThat(insight.layers().get(l).mixing()).isInstanceOf(AttentionMap.class);
      }
    }
  }

  @Test
  void anEncoderSaysThatItContinuesNothing() {
    try (Engine engine = Engine.open(model("bert"), OPTIONS)) {
      Request request = new Request(new int[] {1}, Sampling.greedy(), Stop.after(1));
      assertThatThrownBy(() -> engine.submit(request))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("it continues no text");
      assertThatThrownBy(() -> engine.vectors(List.of(new int[100]), Pooling.CLS, null))
          .hasMessageContaining("a text of 100 tokens in a context of 64");
    }
  }
}
