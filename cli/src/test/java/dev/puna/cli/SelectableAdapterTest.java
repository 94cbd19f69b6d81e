package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.formats.Safetensors;
import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that sequences choose from, against those that another library made. */
class SelectableAdapterTest {
  private static final float TOLERANCE = 1e-4f;
  private static final List<String> FIXTURES =
      List.of("llama_gqa", "lora_qv", "lora_all_rslora", "dora_qv");
  private static final int BLOCK = 16;
  private static final int BLOCKS = 8; // of a sequence
  private static final Limits LIMITS = new Limits(256, 256, 4, 4 * BLOCKS, BLOCK);

  /** Sequences that are computed together, s with adapter s - 1: the first with none. */
  private static final class Batch implements AutoCloseable {
    private final Backend backend;
    private final Weights weights;
    private final Executable executable;
    private final State state;
    private final Step step = new Step(LIMITS);
    private final int vocabulary;
    private final int[] done = new int[LIMITS.sequences()];
    private int steps;

    Batch(Checkpoint checkpoint, String device) {
      backend =
          Backend.all().stream().filter(b -> b.name().equals(device)).findFirst().orElseThrow();
      Program program = checkpoint.program();
      weights = backend.load(checkpoint, program.weights());
      executable = backend.compile(program, weights, LIMITS);
      state = backend.state(program.states(), DType.F32, LIMITS.blocks(), BLOCK, 8);
      vocabulary = checkpoint.spec().vocab();
    }

    /** Adds tokens to each sequence; the logits of all of them, [sequence][token][V]. */
    float[][][] step(int[][] tokens, int[] adapters) {
      step.clear();
      for (int s = 0; s < tokens.length; s++) {
        int first = s * BLOCKS;
        step.sequence(IntStream.range(first, first + BLOCKS).toArray(), BLOCKS);
        step.places(steps == 0 ? -1 : 2 * s + steps % 2, 2 * s + 1 - steps % 2);
        step.choose(adapters[s]);
        int length = done[s] + tokens[s].length;
        for (int token : tokens[s]) {
          step.add(token, done[s]++, length, true);
        }
      }
      steps++;
      executable.run(step, state);
      float[] all = executable.result(Decoder.LOGITS).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      float[][][] rows = new float[tokens.length][][];
      int at = 0;
      for (int s = 0; s < rows.length; s++) {
        rows[s] = new float[tokens[s].length][vocabulary];
        for (float[] row : rows[s]) {
          System.arraycopy(all, at, row, 0, vocabulary);
          at += vocabulary;
        }
      }
      return rows;
    }

    @Override
    public void close() {
      executable.close();
      state.close();
      weights.close();
      step.close();
      backend.close();
    }
  }

  /** What is open during a test. */
  private record Opened(Checkpoint base, List<Adapter> adapters, Checkpoint chosen)
      implements AutoCloseable {
    static Opened of(List<String> fixtures) {
      Checkpoint base = Checkpoint.open(Shared.data("fixtures/llama_gqa"), null);
      List<Adapter> adapters = new ArrayList<>();
      fixtures.forEach(f -> adapters.add(Adapter.open(Shared.data("fixtures/" + f), 1)));
      return new Opened(base, adapters, base.withSelectable(adapters));
    }

    @Override
    public void close() {
      adapters.forEach(Adapter::close);
      base.close();
    }
  }

  private static JsonNode prompt(int adapter, int number) {
    Path folder = Shared.data("fixtures/" + FIXTURES.get(adapter + 1));
    return Shared.json(folder.resolve("reference.json")).get("prompts").get(number);
  }

  private static int best(float[] logits) {
    return IntStream.range(0, logits.length)
        .reduce((a, b) -> logits[b] > logits[a] ? b : a)
        .orElse(0);
  }

  /** One batch: the base and three adapters, each with another prompt than its neighbours. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void eachSequenceGetsItsAdaptersLogitsAndText(String device) {
    for (int shift = 0; shift < 4; shift++) {
      try (Opened opened = Opened.of(FIXTURES.subList(1, 4));
          Batch batch = new Batch(opened.chosen, device)) {
        int[] adapters = {-1, 0, 1, 2};
        int[][] tokens = new int[4][];
        for (int s = 0; s < 4; s++) {
          tokens[s] = Shared.ints(prompt(s - 1, (s + shift) % 4).get("input_ids"));
        }
        float[][][] logits = batch.step(tokens, adapters);
        int[][] greedy = new int[4][];
        for (int s = 0; s < 4; s++) {
          assertLogits(logits[s], FIXTURES.get(s), (s + shift) % 4);
          greedy[s] = Shared.ints(prompt(s - 1, (s + shift) % 4).get("greedy"));
        }
        for (int i = 0; i < greedy[0].length; i++) {
          int[][] next = new int[4][1];
          for (int s = 0; s < 4; s++) {
            next[s][0] = best(logits[s][logits[s].length - 1]);
            assertThat(next[s][0]).as(FIXTURES.get(s) + ", token " + i).isEqualTo(greedy[s][i]);
          }
          logits = batch.step(next, adapters);
        }
      }
    }
  }

  private static void assertLogits(float[][] logits, String fixture, int prompt) {
    Path file = Shared.data("fixtures/" + fixture).resolve("reference.safetensors");
    try (Safetensors expected = Safetensors.open(file)) {
      Tensor rows = expected.tensors().get("logits." + prompt).matrix();
      float[] row = new float[(int) rows.cols()];
      for (int t = 0; t < logits.length; t++) {
        rows.row(t, row, 0);
        assertThat(logits[t]).as(fixture).containsExactly(row, within(TOLERANCE));
      }
    }
  }

  /** Bit for bit: without an adapter the plain model's, with one the same alone and in company. */
  @Test
  void companyChangesNothing() {
    int[][] tokens = {{7, 80, 21, 208}, {5, 77, 200}, {1, 2, 3, 4, 5, 6}, {9}};
    try (Opened opened = Opened.of(FIXTURES.subList(1, 4));
        Batch plain = new Batch(opened.base, "cpu");
        Batch together = new Batch(opened.chosen, "cpu")) {
      float[][][] expected = plain.step(tokens, new int[] {-1, -1, -1, -1});
      float[][][] all = together.step(tokens, new int[] {-1, 2, -1, 0});
      assertThat(all[0]).isDeepEqualTo(expected[0]);
      assertThat(all[2]).isDeepEqualTo(expected[2]);
      for (int s : new int[] {1, 3}) {
        try (Batch alone = new Batch(opened.chosen, "cpu")) {
          float[][][] own = alone.step(new int[][] {tokens[s]}, new int[] {s == 1 ? 2 : 0});
          assertThat(own[0]).isDeepEqualTo(all[s]).isNotEqualTo(expected[s]);
        }
      }
    }
  }

  /** Families that store projections otherwise; what is chosen is what would be merged. */
  @ParameterizedTest
  @CsvSource({
    "baichuan_7b,W_pack|down_proj,false",
    "gpt2,c_attn|c_fc|c_proj,false",
    "gpt2,c_attn,true",
    "chatglm2_6b,query_key_value|dense_h_to_4h,true",
    "phi3,qkv_proj|gate_up_proj,false",
    "deepseek_v3,q_a_proj|o_proj,false",
    "gpt_neox,query_key_value|dense_4h_to_h,true",
    "mamba,in_proj|x_proj|out_proj,false"
  })
  void choosingAnAdapterIsMergingIt(
      String fixture, String modules, boolean directed, @TempDir Path folder) throws Exception {
    Path base = Shared.data("fixtures/" + fixture);
    RandomAdapter.write(base, List.of(modules.split("\\|")), directed, folder);
    int[] ids = {5, 77, 200, 3, 19, 42, 8};
    try (Checkpoint checkpoint = Checkpoint.open(base, null);
        Adapter adapter = Adapter.open(folder, 1);
        Batch batch = new Batch(checkpoint.withSelectable(List.of(adapter)), "cpu")) {
      float[][] plain = Forward.of(checkpoint, ids, Options.defaults(), false).logits();
      Checkpoint merged = checkpoint.withAdapters(List.of(adapter), true);
      float[][] expected = Forward.of(merged, ids, Options.defaults(), false).logits();
      float[][][] both = batch.step(new int[][] {ids, ids}, new int[] {0, -1});
      for (int t = 0; t < ids.length; t++) {
        assertThat(both[0][t]).containsExactly(expected[t], within(TOLERANCE));
        assertThat(both[1][t]).isEqualTo(plain[t]);
        assertThat(both[0][t]).isNotEqualTo(plain[t]);
      }
    }
  }

  @Test
  void refusesWhatAllRowsShare(@TempDir Path folder) throws Exception {
    Path base = Shared.data("fixtures/mixtral");
    RandomAdapter.write(base, List.of("q_proj", "w2"), false, folder);
    try (Checkpoint checkpoint = Checkpoint.open(base, null);
        Adapter adapter = Adapter.open(folder, 1)) {
      assertThatThrownBy(() -> checkpoint.withSelectable(List.of(adapter)))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("block_sparse_moe.experts.0.w2")
          .hasMessageContaining("cannot be chosen");
    }
  }

  @Test
  void adaptersAreNumberedInTheirOrder() {
    try (Opened opened = Opened.of(List.of("dora_qv", "lora_qv"))) {
      assertThat(opened.chosen.selectable()).isEqualTo(opened.adapters);
      assertThat(opened.chosen.program().adapters()).isEqualTo(2);
      assertThat(opened.base.selectable()).isEmpty();
      assertThat(opened.base.withAdapters(opened.adapters.subList(0, 1), true).selectable())
          .isEmpty();
    }
  }
}
