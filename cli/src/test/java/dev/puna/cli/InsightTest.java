package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Insight;
import dev.puna.engine.Options;
import dev.puna.engine.TokenLogProb;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen inside models, against what they compute and what another library saw. */
class InsightTest {
  private static final Options OPTIONS = Options.defaults();

  static Checkpoint open(String fixture) {
    return Checkpoint.open(Shared.data("fixtures/" + fixture), null);
  }

  /** One of a fixture's prompts, with what its decoder has said. */
  static Forward.Input prompt(String fixture, int number) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode reference = Shared.json(folder.resolve("reference.json"));
    JsonNode own = reference.get("decoder_input_ids");
    int[] decoderIds = own == null ? new int[0] : Shared.ints(own.get(number));
    int[] ids = Shared.ints(reference.get("prompts").get(number).get("input_ids"));
    return new Forward.Input(ids, decoderIds, new int[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "gemma2", "mamba", "jamba", "deepseek_v3"})
  void hiddenStatesAreAnotherLibrarys(String fixture) {
    Path file = Shared.data("fixtures/" + fixture).resolve("reference.safetensors");
    try (Checkpoint checkpoint = open(fixture);
        Safetensors expected = Safetensors.open(file)) {
      Insight.Wanted wanted = new Insight.Wanted(true, false, 0, List.of());
      Insight insight = Insight.of(checkpoint, prompt(fixture, 0), OPTIONS, wanted);
      assertThat(insight.layers()).hasSize(checkpoint.spec().layers().size());
      for (Insight.Layer layer : insight.layers()) {
        StoredTensor rows = expected.tensors().get("layer_out." + layer.number());
        FixtureTest.compare(layer.hidden(), rows, 1e-4f);
        assertThat(layer.mixing()).isEqualTo(new Insight.NotAsked());
      }
    }
  }

  // ---- the logit lens ----

  /** After the last layer the lens shows the model's own answer, with its probabilities. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama_gqa",
        "llama_tied",
        "gemma2",
        "cohere",
        "gpt2",
        "gpt_neox",
        "bloom",
        "falcon_40b",
        "mpt",
        "phi",
        "baichuan2_7b",
        "baichuan2_13b",
        "chatglm_6b",
        "deepseek_v3",
        "gpt_oss",
        "mamba2",
        "jamba",
        "mixtral",
        "olmo2",
        "qwen3",
        "t5",
        "bart",
        "marian"
      })
  void afterTheLastLayerItIsTheModelsAnswer(String fixture) {
    Path file = Shared.data("fixtures/" + fixture).resolve("reference.safetensors");
    try (Checkpoint checkpoint = open(fixture);
        Safetensors expected = Safetensors.open(file)) {
      Insight.Wanted wanted = new Insight.Wanted(false, false, 5, List.of());
      Forward.Input input = prompt(fixture, 0);
      Insight insight = Insight.of(checkpoint, input, OPTIONS, wanted);
      List<List<TokenLogProb>> last = insight.layers().getLast().lens();
      StoredTensor logits = expected.tensors().get("logits.0");
      float[] row = new float[checkpoint.spec().vocab()];
      assertThat(last).hasSize((int) logits.rows());
      for (int t = 0; t < last.size(); t++) {
        logits.matrix().row(t, row, 0);
        assertGuesses(last.get(t), row);
      }
      // and after earlier ones mostly another
      assertThat(insight.layers().getFirst().lens()).isNotEqualTo(last);
    }
  }

  private static void assertGuesses(List<TokenLogProb> guesses, float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double[] falling =
        IntStream.range(0, logits.length)
            .mapToDouble(i -> -logits[i])
            .sorted()
            .map(x -> -x)
            .toArray();
    assertThat(guesses).hasSize(5);
    for (int i = 0; i < 5; i++) {
      TokenLogProb guess = guesses.get(i);
      assertThat((double) logits[guess.token()]).isCloseTo(falling[i], within(2e-4));
      assertThat((double) guess.logProb()).isCloseTo(falling[i] - Math.log(sum), within(2e-4));
    }
    assertThat(guesses.stream().map(TokenLogProb::token).distinct()).hasSize(5);
  }

  /** log softmax(W_U (x / rms(x) ⊙ g)), of the layer's rows as another library computed them. */
  @Test
  void inBetweenItIsTheNormAndTheUnembedding() {
    Path file = Shared.data("fixtures/llama_gqa").resolve("reference.safetensors");
    try (Checkpoint checkpoint = open("llama_gqa");
        Safetensors expected = Safetensors.open(file)) {
      int width = checkpoint.spec().width();
      int vocab = checkpoint.spec().vocab();
      float[] gain = checkpoint.tensor(Weight.vector("output_norm.weight", width)).toArray();
      float[] output = checkpoint.tensor(new Weight("output.weight", vocab, width)).toArray();
      double epsilon = checkpoint.config().number("rms_norm_eps");
      Insight.Wanted wanted = new Insight.Wanted(false, false, 5, List.of(0));
      Insight insight = Insight.of(checkpoint, prompt("llama_gqa", 0), OPTIONS, wanted);
      assertThat(insight.layers()).hasSize(1);
      List<List<TokenLogProb>> lens = insight.layers().getFirst().lens();
      float[] x = new float[width];
      for (int t = 0; t < lens.size(); t++) {
        expected.tensors().get("layer_out.0").matrix().row(t, x, 0);
        double squares = 0;
        for (float number : x) {
          squares += (double) number * number / width;
        }
        float[] logits = new float[vocab];
        for (int v = 0; v < vocab; v++) {
          double sum = 0;
          for (int c = 0; c < width; c++) {
            sum += output[v * width + c] * (double) gain[c] * x[c] / Math.sqrt(squares + epsilon);
          }
          logits[v] = (float) sum;
        }
        assertGuesses(lens.get(t), logits);
      }
    }
  }

  /** Looking with an adapter is looking into the adapted model. */
  @Test
  void withAnAdapter() {
    Insight.Wanted all = new Insight.Wanted(true, true, 3, List.of());
    int[] ids = prompt("lora_qv", 1).ids();
    try (Checkpoint base = open("llama_gqa");
        Adapter adapter = Adapter.open(Shared.data("fixtures/lora_qv"), 1)) {
      Checkpoint chosen = base.withSelectable(List.of(adapter));
      Forward.Input with = new Forward.Input(ids, new int[0], new int[0], 0);
      Insight merged =
          Insight.of(
              base.withAdapters(List.of(adapter), true), Forward.Input.of(ids), OPTIONS, all);
      Insight seen = Insight.of(chosen, with, OPTIONS, all);
      Insight plain = Insight.of(chosen, Forward.Input.of(ids), OPTIONS, all);
      for (int l = 0; l < seen.layers().size(); l++) {
        float[][] expected = merged.layers().get(l).hidden();
        float[][] own = seen.layers().get(l).hidden();
        for (int t = 0; t < ids.length; t++) {
          assertThat(own[t]).containsExactly(expected[t], within(1e-4f));
          assertThat(own[t]).isNotEqualTo(plain.layers().get(l).hidden()[t]);
        }
      }
      assertThatThrownBy(() -> Insight.of(base, with, OPTIONS, all))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("adapter 0 of a model with 0");
    }
  }

  @Test
  void asJson() {
    Path folder = Shared.data("fixtures/jamba");
    JsonNode printed =
        Puna.json(
            "logits", "-m", folder, "--ids", "5,77,200,3", "--attention", "--lens", 2, "--hidden");
    JsonNode logits = printed.get("logits").get(3);
    int best =
        IntStream.range(0, logits.size())
            .reduce((a, b) -> logits.get(b).asDouble() > logits.get(a).asDouble() ? b : a)
            .orElseThrow();
    int layers = printed.get("hidden").size();
    JsonNode last = printed.get("lens").get(layers - 1).get(3);
    assertThat(last.get(0).get("token").asInt()).isEqualTo(best);
    assertThat(last.get(0).get("logprob").asDouble()).isNegative();
    assertThat(last.size()).isEqualTo(2);
    List<JsonNode> attention = printed.get("attention").valueStream().toList();
    assertThat(attention).hasSize(layers).anyMatch(JsonNode::isNull);
    JsonNode heads = attention.stream().filter(a -> !a.isNull()).findFirst().orElseThrow();
    assertThat(heads.get(0).get(0)).extracting(JsonNode::asInt).containsExactly(1, 0, 0, 0);
    JsonNode some = Puna.json("logits", "-m", folder, "--ids", "5", "--lens", 1, "--layers", 1);
    assertThat(some.get("lens").size()).isEqualTo(1);
    Puna refused = Puna.run("logits", "-m", folder, "--ids", "5", "--lens", 1, "--layers", layers);
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err()).contains("layer %d of a model with %d".formatted(layers, layers));
  }

  @Test
  void refusals() {
    try (Checkpoint llama = open("llama_gqa");
        Checkpoint bert = open("bert")) {
      refused(llama, List.of(7), 0, "layer 7 of a model with");
      refused(llama, List.of(-1), 0, "layer -1");
      refused(bert, List.of(), 3, "no head");
      assertThatThrownBy(() -> new Insight.Wanted(true, true, 101, List.of()))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("101 guesses");
    }
  }

  private static void refused(Checkpoint checkpoint, List<Integer> layers, int lens, String why) {
    Insight.Wanted wanted = new Insight.Wanted(true, true, lens, layers);
    assertThatThrownBy(() -> Insight.of(checkpoint, Forward.Input.of(1, 2), OPTIONS, wanted))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining(why);
  }
}
