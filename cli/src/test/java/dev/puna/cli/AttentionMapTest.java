package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.puna.engine.AttentionMap;
import dev.puna.engine.Forward;
import dev.puna.engine.Insight;
import dev.puna.engine.Options;
import dev.puna.model.Checkpoint;
import dev.puna.program.Mask;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention weights against what the kernels make of them. */
class AttentionMapTest {
  private static final Options OPTIONS = Options.defaults();
  private static final Insight.Wanted ATTENTION = new Insight.Wanted(false, true, 0, List.of());

  /**
   * Grouped and shared heads; ALiBi; windows; capped scores; latent attention; sinks; a prefix that
   * sees itself; scores that grow with the position; tables of relative positions; encoders.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama_gqa",
        "falcon_7b",
        "bloom",
        "baichuan_13b",
        "mpt",
        "mistral_swa",
        "qwen2_swa",
        "gpt_neo",
        "gemma2",
        "gemma3_text",
        "deepseek_v2_lite",
        "deepseek_v3",
        "gpt_oss",
        "chatglm_6b",
        "chatglm2_6b",
        "qwen_7b",
        "cohere2",
        "gpt2",
        "jamba",
        "bert",
        "t5",
        "bart",
        "marian"
      })
  void weightsTimesValuesIsWhatAttentionComputes(String fixture) {
    try (Checkpoint checkpoint = InsightTest.open(fixture)) {
      for (int number : new int[] {0, 3}) {
        Forward.Input input = InsightTest.prompt(fixture, number);
        check(checkpoint, input, Insight.of(checkpoint, input, OPTIONS, ATTENTION));
      }
    }
  }

  /** More tokens than a step reads. */
  @ParameterizedTest
  @ValueSource(strings = {"llama_gqa", "mistral_swa", "mamba", "jamba"})
  void textsOfSeveralSteps(String fixture) {
    try (Checkpoint checkpoint = InsightTest.open(fixture)) {
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
      Program program,
      List<Insight.Layer> layers,
      TracedPrograms traced,
      int length,
      boolean source) {
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
    try (Checkpoint checkpoint = InsightTest.open("chatglm_6b")) {
      int[] ids = InsightTest.prompt("chatglm_6b", 0).ids();
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
}
