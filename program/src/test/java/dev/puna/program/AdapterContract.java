package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters that sequences choose; what every backend must compute. */
public abstract class AdapterContract extends Contract {
  private static final int OUT = 70;

  /** Tokens that each of four sequences brings to each step. */
  private static final int[][] CHUNKS = {{20, 3, 17, 8}, {1, 1, 1, 1}, {2, 0, 1, 0}, {0, 9, 2, 16}};

  /** Adapters with these ranks (0: none) of every linear op, the last with magnitudes if asked. */
  private static Updates chosen(Weight weight, int[] ranks, boolean directed) {
    List<LowRank> updates = new ArrayList<>();
    for (int i = 0; i < ranks.length; i++) {
      String name = weight.name() + "." + i;
      Weight a = new Weight(name + ".a", ranks[i], weight.cols());
      Weight b = new Weight(name + ".b", weight.rows(), ranks[i]);
      boolean last = i == ranks.length - 1;
      Weight magnitude = directed && last ? Weight.vector(name + ".m", weight.rows()) : null;
      updates.add(ranks[i] == 0 ? null : new LowRank(a, b, 1.5f - i, magnitude));
    }
    return new Updates.Chosen(updates);
  }

  /** A linear op with adapters, of all rows and of those that are wanted. */
  private static Program program(int cols, int[] ranks, boolean directed) {
    Recorder r = new Recorder(0, weight -> chosen(weight, ranks, directed));
    Value x = r.embed("x", r.weight("table", VOCABULARY, cols));
    Value hidden = r.activate("hidden", r.linear("in", x, OUT, true), Activation.RELU);
    return r.program(r.linear("y", r.selectRows("wanted", hidden), 33, true));
  }

  /** Columns, and the ranks of three adapters. */
  @ParameterizedTest
  @CsvSource({"1,1,1,1", "13,3,0,5", "64,16,8,0", "96,20,64,1", "259,0,33,7"})
  void rowsOfSeveralAdapters(int cols, int first, int second, int third) {
    int[] ranks = {first, second, third};
    for (boolean directed : new boolean[] {false, third > 0}) {
      for (DType type : List.of(DType.F32, DType.F16, DType.BF16)) {
        agreesOnMixed(program(cols, ranks, directed), type);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void besideWeightsOfEachType(DType type) {
    int cols = type.blockSize() > 32 ? type.blockSize() : 96;
    agreesOnMixed(program(cols, new int[] {4, 8, 16}, true), type);
  }

  private void agreesOnMixed(Program program, DType type) {
    try (Pair pair = new Pair(program, type, DType.F32)) {
      List<Batches.Sequence> all = sequences(1);
      for (int[] counts : CHUNKS) {
        pair.step(step -> add(step, all, counts, new int[] {-1, 0, 1, 2}));
        pair.compare();
      }
    }
  }

  private static List<Batches.Sequence> sequences(int seed) {
    Batches batches = new Batches(BLOCKS, BLOCK_SIZE, new java.util.Random(seed));
    java.util.Random tokens = new java.util.Random(7);
    List<Batches.Sequence> all = new ArrayList<>();
    for (int s = 0; s < 4; s++) {
      int[][] chunks = CHUNKS;
      int number = s;
      int length = Arrays.stream(chunks).mapToInt(c -> c[number]).sum();
      all.add(batches.sequence(length, VOCABULARY, tokens));
    }
    return all;
  }

  private static void add(Step step, List<Batches.Sequence> all, int[] counts, int[] adapters) {
    for (int s = 0; s < counts.length; s++) {
      if (counts[s] > 0) {
        all.get(s).add(step, counts[s], true);
        step.choose(adapters[s]);
      }
    }
  }

  /** Results of all steps, of sequences with these adapters. */
  private float[][] results(Program program, DType type, int... adapters) {
    try (Pair pair = new Pair(program, type, DType.F32)) {
      List<Batches.Sequence> all = sequences(1);
      float[][] results = new float[CHUNKS.length][];
      for (int i = 0; i < results.length; i++) {
        int[] counts = CHUNKS[i];
        pair.step(step -> add(step, all, counts, adapters));
        results[i] = pair.executable.result("y").toArray(ValueLayout.JAVA_FLOAT);
      }
      return results;
    }
  }

  /** As if there were no adapters: the same bits, whether or not biases wait for magnitudes. */
  @ParameterizedTest
  @MethodSource("narrow")
  void rowsWithoutAnAdapterAreTheBases(DType type) {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", VOCABULARY, 96));
    Value hidden = r.activate("hidden", r.linear("in", x, OUT, true), Activation.RELU);
    Program base = r.program(r.linear("y", r.selectRows("wanted", hidden), 33, true));
    float[][] expected = results(base, type, -1, -1, -1, -1);
    for (boolean directed : new boolean[] {false, true}) {
      Program adapted = program(96, new int[] {4, 40, 8}, directed);
      assertThat(results(adapted, type, -1, -1, -1, -1)).isDeepEqualTo(expected);
      float[][] beside = results(adapted, type, 0, -1, 2, -1);
      for (int i = 0; i < CHUNKS.length; i++) {
        int own = CHUNKS[i][0] * 33;
        int end = own + CHUNKS[i][1] * 33;
        assertThat(Arrays.copyOfRange(beside[i], own, end))
            .isEqualTo(Arrays.copyOfRange(expected[i], own, end));
      }
      assertThat(Arrays.copyOf(beside[0], CHUNKS[0][0] * 33))
          .as("rows that are adapted")
          .isNotEqualTo(Arrays.copyOf(expected[0], CHUNKS[0][0] * 33));
    }
  }

  /** An adapter computes the same bits whichever others are there to choose. */
  @Test
  void othersToChooseChangeNothing() {
    float[][] among = results(program(96, new int[] {5, 64, 9}, false), DType.F16, 0, 0, 0, 0);
    float[][] alone = results(program(96, new int[] {5}, false), DType.F16, 0, 0, 0, 0);
    assertThat(among).isDeepEqualTo(alone);
  }

  @Test
  void anAdapterThatIsNotThereIsRefused() {
    Program program = program(13, new int[] {2, 3}, false);
    for (int adapter : new int[] {-2, 2}) {
      assertThatThrownBy(() -> results(program, DType.F32, -1, adapter, -1, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("adapter " + adapter + " of 2");
    }
  }
}
