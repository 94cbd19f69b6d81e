package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.AttentionMap;
import dev.puna.engine.Forward;
import dev.puna.engine.Insight;
import dev.puna.engine.Options;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.program.Mask;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen inside models, against what they compute and what another library saw. */
class InsightTest {
  private static final Options OPTIONS = Options.defaults();
  private static final Insight.Wanted ATTENTION = new Insight.Wanted(false, true, 0, List.of());

  private static Checkpoint open(String fixture) {
    return Checkpoint.open(Shared.data("fixtures/" + fixture), null);
  }

  /** One of a fixture's prompts, with what its decoder has said. */
  private static Forward.Input prompt(String fixture, int number) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode reference = Shared.json(folder.resolve("reference.json"));
    JsonNode own = reference.get("decoder_input_ids");
    int[] decoderIds = own == null ? new int[0] : Shared.ints(own.get(number));
    int[] ids = Shared.ints(reference.get("prompts").get(number).get("input_ids"));
    return new Forward.Input(ids, decoderIds, new int[0]);
  }

  /**
   * Grouped and shared heads; ALiBi; windows; capped scores; latent attention; sinks; a prefix that
   * sees itself; scores that grow with the position; tables of relative positions; encoders.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama_gqa", "falcon_7b", "bloom", "baichuan_13b", "mpt", "mistral_swa", "qwen2_swa",
        "gpt_neo", "gemma2", "gemma3_text", "deepseek_v2_lite", "deepseek_v3", "gpt_oss",
        "chatglm_6b", "chatglm2_6b", "qwen_7b", "cohere2", "gpt2", "jamba", "bert", "t5", "bart",
        "marian"
      })
  void weightsTimesValuesIsWhatAttentionComputes(String fixture) {
    try (Checkpoint checkpoint = open(fixture)) {
      for (int number : new int[] {0, 3}) {
        Forward.Input input = prompt(fixture, number);
        check(checkpoint, input, Insight.of(checkpoint, input, OPTIONS, ATTENTION));
      }
    }
  }

  /** More tokens than a step reads. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mistral_swa", "mamba", "jamba"})
  void textsOfSeveralSteps(String fixture) {
    try (Checkpoint checkpoint = open(fixture)) {
      Forward.Input input = Forward.Input.of(new Random(5).ints(300, 3, 256).toArray());
      check(checkpoint, input, Insight.of(checkpoint, input, OPTIONS, ATTENTION));
    }
  }

  private static void check(Checkpoint checkpoint, Forward.Input input, Insight insight) {
    boolean encoder = checkpoint.sourceProgram() != null;
    int[] own = encoder ? input.decoderIds() : input.ids();
    TracedPrograms traced = new TracedPrograms(checkpoint, input.ids(), own);
    int attentions = check(checkpoint.program(), insight.layers(), traced, own.length, false);
    Program source = checkpoint.sourceProgram();
    if (source != null) {
      attentions += check(source, insight.source(), traced, input.ids().length, true);
    }
    long expected =
        checkpoint.programs().stream()
            .flatMap(p -> p.ops().stream())
            .filter(op -> op instanceof Op.Attend || op instanceof Op.AttendSource)
            .count();
    assertThat(attentions).isEqualTo((int) expected);
  }

  /** Goes through a program's attentions in their order; how many there are. */
  private static int check(
      Program program, List<Insight.Layer> layers, TracedPrograms traced, int length, boolean source) {
    List<AttentionMap> own = new ArrayList<>();
    List<AttentionMap> cross = new ArrayList<>();
    for (Insight.Layer layer : layers) {
      if (layer.mixing() instanceof AttentionMap map) {
        own.add(map);
      } else {
        assertThat(layer.mixing()).isInstanceOf(Insight.Recurrence.class);
      }
      layer.cross().ifPresent(cross::add);
    }
    int attention = 0;
    int crossed = 0;
    for (Op op : program.ops()) {
      if (op instanceof Op.Attend a) {
        AttentionMap map = own.get(attention++);
        float[][] out = source ? traced.source(a.out()) : traced.own(a.out());
        Value values = a.v() == null ? a.k() : a.v();
        float[][] v = source ? traced.source(values) : traced.own(values);
        int head = a.v() == null ? a.heads().size() : a.heads().valueSize();
        compare(map, v, head, a.heads().group(), out, a.sinks() != null);
        boolean whole = a.mask() instanceof Mask.Prefix;
        masked(map, a.mask(), whole ? seen(map) : 0);
        assertThat(List.of(map.queries(), map.keys())).containsExactly(length, length);
      }
      if (op instanceof Op.AttendSource a) {
        Value values = kept(traced, a);
        compare(
            cross.get(crossed++),
            traced.source(values),
            a.heads().valueSize(),
            a.heads().group(),
            traced.own(a.out()),
            false);
      }
    }
    return attention + crossed;
  }

  private static Value kept(TracedPrograms traced, Op.AttendSource a) {
    return traced.sourceProgram().ops().stream()
        .filter(op -> op instanceof Op.Keep k && k.state() == a.state())
        .map(op -> ((Op.Keep) op).v())
        .findFirst()
        .orElseThrow();
  }

  /** How much of a text its first token sees. */
  private static int seen(AttentionMap map) {
    float[] first = map.row(0, 0);
    return (int) IntStream.range(0, first.length).filter(j -> first[j] > 0).count();
  }

  /** Σⱼ w[j]·v[j] = out, and Σ w = 1, less what a sink takes. */
  private static void compare(
      AttentionMap map, float[][] v, int size, int group, float[][] out, boolean sinks) {
    int cols = out[0].length / map.heads();
    for (int head = 0; head < map.heads(); head++) {
      float[][] rows = map.head(head);
      for (int t = 0; t < rows.length; t++) {
        double whole = 0;
        double[] sum = new double[cols];
        for (int j = 0; j < v.length; j++) {
          assertThat(rows[t][j]).isGreaterThanOrEqualTo(0);
          whole += rows[t][j];
          for (int c = 0; c < cols; c++) {
            sum[c] += (double) rows[t][j] * v[j][head / group * size + c];
          }
        }
        for (int c = 0; c < cols; c++) {
          assertThat(sum[c]).isCloseTo(out[t][head * cols + c], within(2e-5));
        }
        if (sinks) {
          assertThat(whole).isGreaterThan(0).isLessThan(1 - 1e-6);
        } else {
          assertThat(whole).isCloseTo(1, within(1e-5));
        }
      }
    }
  }

  private static void masked(AttentionMap map, Mask mask, int prefix) {
    for (int head = 0; head < map.heads(); head++) {
      for (int t = 0; t < map.queries(); t++) {
        float[] row = map.row(head, t);
        for (int j = 0; j < row.length; j++) {
          if (j < mask.first(t) || j >= mask.end(t, prefix)) {
            assertThat(row[j]).isZero();
          }
        }
      }
    }
  }

  @Test
  void aPrefixSeesItselfAndWhatFillsItDoesNot() {
    try (Checkpoint checkpoint = open("chatglm_6b")) {
      int[] ids = prompt("chatglm_6b", 0).ids();
      Insight insight = Insight.of(checkpoint, Forward.Input.of(ids), OPTIONS, ATTENTION);
      AttentionMap map = (AttentionMap) insight.layers().getFirst().mixing();
      int prefix = seen(map);
      assertThat(prefix).isBetween(2, ids.length - 1);
      for (int t = prefix; t < ids.length; t++) {
        assertThat(map.row(0, t)[t]).isPositive();
        for (int j = t + 1; j < ids.length; j++) {
          assertThat(map.row(0, t)[j]).isZero();
        }
      }
    }
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
        "llama_gqa", "llama_tied", "gemma2", "cohere", "gpt2", "gpt_neox", "bloom", "falcon_40b",
        "mpt", "phi", "baichuan2_7b", "baichuan2_13b", "chatglm_6b", "deepseek_v3", "gpt_oss",
        "mamba2", "jamba", "mixtral", "olmo2", "qwen3", "t5", "bart", "marian"
      })
  void afterTheLastLayerItIsTheModelsAnswer(String fixture) {
    Path file = Shared.data("fixtures/" + fixture).resolve("reference.safetensors");
    try (Checkpoint checkpoint = open(fixture);
        Safetensors expected = Safetensors.open(file)) {
      Insight.Wanted wanted = new Insight.Wanted(false, false, 5, List.of());
      Forward.Input input = prompt(fixture, 0);
      Insight insight = Insight.of(checkpoint, input, OPTIONS, wanted);
      List<List<Insight.Guess>> last = insight.layers().getLast().lens();
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

  private static void assertGuesses(List<Insight.Guess> guesses, float[] logits) {
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
      Insight.Guess guess = guesses.get(i);
      assertThat((double) logits[guess.token()]).isCloseTo(falling[i], within(2e-4));
      assertThat((double) guess.logProbability())
          .isCloseTo(falling[i] - Math.log(sum), within(2e-4));
    }
    assertThat(guesses.stream().map(Insight.Guess::token).distinct()).hasSize(5);
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
      List<List<Insight.Guess>> lens = insight.layers().getFirst().lens();
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
          Insight.of(base.withAdapters(List.of(adapter), true), Forward.Input.of(ids), OPTIONS, all);
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
      assertThatThrownBy(
              () -> Insight.of(base, with, OPTIONS, all))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("adapter 0 of a model with 0");
    }
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
