package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.Activation;
import dev.puna.program.Example;
import dev.puna.program.Executable;
import dev.puna.program.Gating;
import dev.puna.program.Heads;
import dev.puna.program.Limits;
import dev.puna.program.Mask;
import dev.puna.program.OpContract;
import dev.puna.program.Program;
import dev.puna.program.RandomWeights;
import dev.puna.program.Recorder;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuExecutableTest {
  private static final Limits LIMITS = new Limits(16, 16, 4, 64, 4);

  private final CpuBackend backend = new CpuBackend();
  private final Step step = new Step(LIMITS);

  @AfterEach
  void close() {
    backend.close();
    step.close();
  }

  /** Gives access to the contract's programs. */
  abstract static class Programs extends OpContract {
    static Program llama() {
      return llamaLike(2);
    }
  }

  @Test
  void cachesOfOtherTypesAreRefused() {
    assertThatThrownBy(() -> backend.state(Programs.llama().states(), DType.Q4_0, 4, 4, 1))
        .isInstanceOf(PunaException.class)
        .hasMessageContainingAll("Q4_0", "use --kv-type F32, F16 or Q8_0");
    assertThatThrownBy(() -> backend.state(Programs.llama().states(), DType.Q8_0, 4, 4, 1))
        .isInstanceOf(PunaException.class)
        .hasMessageContainingAll("heads of 12 columns", "Q8_0", "use --kv-type F16");
  }

  /** Another program of the same weights takes no memory for them. */
  @Test
  void partsOfAProgramShareItsWeights() {
    Program program = Programs.llama();
    try (Weights weights = backend.load(new RandomWeights(DType.Q8_0), program.weights());
        Executable whole = backend.compile(program, weights, LIMITS)) {
      long bytes = weights.bytes();
      assertThat(bytes).as("what is packed").isPositive();
      Value between = program.value("blk.0.ffn_add");
      backend.compile(program.until(between), weights, LIMITS).close();
      backend.compile(program.after(between), weights, LIMITS).close();
      assertThat(weights.bytes()).isEqualTo(bytes);
    }
  }

  @Test
  void givenRowsAreAsManyAsFit() {
    Program program = Programs.llama();
    Value between = program.value("blk.0.ffn_add");
    try (Weights weights = backend.load(new RandomWeights(DType.F32), program.weights());
        Executable after = backend.compile(program.after(between), weights, LIMITS)) {
      after.give(between.name(), new float[LIMITS.rows() * 64]);
      assertThatThrownBy(() -> after.give(between.name(), new float[LIMITS.rows() * 64 + 1]))
          .hasMessageContaining("too many");
      assertThatThrownBy(() -> after.give("x", new float[64]))
          .hasMessageContaining("x is not given");
    }
  }

  @Test
  void whatWouldBeAWrongAddressIsRefused() {
    Program program = Programs.llama();
    Weights weights = backend.load(new RandomWeights(DType.F32), program.weights());
    Executable executable = backend.compile(program, weights, LIMITS);
    State state = backend.state(program.states(), DType.F16, 4, 4, 1);
    fill(new int[] {1}, 50);
    assertThatThrownBy(() -> executable.run(step, state))
        .hasMessage("token 50 of a vocabulary of 50");
    fill(new int[] {1}, -1);
    assertThatThrownBy(() -> executable.run(step, state)).hasMessageContaining("token -1");
    fill(new int[] {4}, 1);
    assertThatThrownBy(() -> executable.run(step, state)).hasMessageContaining("slot");
    fill(new int[] {-1}, 1);
    assertThatThrownBy(() -> executable.run(step, state)).hasMessageContaining("slot");
    fill(new int[] {3}, 1);
    executable.run(step, state);
    assertThatThrownBy(
            () -> executable.run(step, backend.state(program.states(), DType.F16, 4, 8, 1)))
        .hasMessageContaining("size");
    state.close();
    assertThatThrownBy(() -> executable.run(step, state)).hasMessageContaining("closed");
    weights.close();
    executable.close();
    executable.close();
    assertThatThrownBy(() -> executable.run(step, state)).hasMessageContaining("closed");
  }

  @Test
  void rowsOfEmbeddingsThatAreNotThereAreRefused() {
    assertRefused(() -> row(0, -3, 0), "place -3 of 100");
    assertRefused(() -> row(0, 100, 0), "place 100 of 100");
    assertRefused(() -> row(0, 0, 3), "segment 3 of 3");
    assertRefused(() -> row(0, 0, -1), "segment -1 of 3");
    row(0, 99, 2);
    run(Example.ALL.program());
  }

  @Test
  void placesThatAreNotThereOrReadAndWrittenAreRefused() {
    for (int[] wrong : new int[][] {{-1, 4}, {-1, -1}, {4, 0}, {-2, 0}, {2, 2}}) {
      assertRefused(() -> places(wrong[0], wrong[1], -1, 3), "place");
      assertRefused(() -> places(-1, 3, wrong[0], wrong[1]), "place");
    }
    assertRefused(() -> places(0, 1, -1, 1), "written, or twice");
    assertRefused(() -> places(0, 1, 1, 2), "read and written");
    assertRefused(() -> places(0, 1, 2, 0), "read and written");
    places(0, 1, 0, 2);
    run(Example.ALL.program());
  }

  @Test
  void sourcesThatAreNotThereAreRefused() {
    for (int block : new int[] {-1, 4}) {
      assertRefused(
          () -> {
            places(-1, 1, -1, 2);
            step.source(new int[] {0, block}, 2, 5);
          },
          "slot");
    }
    assertThatThrownBy(() -> step.source(new int[] {0}, 1, 5)).hasMessageContaining("source");
  }

  @Test
  void aPrefixIsReadInOneStep() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 50, 16));
    Program program = r.program(r.attend("y", x, x, x, Heads.of(2, 2, 8), new Mask.Prefix()));
    step.clear();
    step.sequence(new int[] {0}, 1);
    step.readWhole(3);
    step.add(0, 0, 1, true);
    step.add(0, 1, 1, true);
    assertThatThrownBy(() -> run(program)).hasMessageContaining("3 tokens are read as a whole");
    step.add(0, 2, 1, true);
    run(program);
  }

  @Test
  void expertsThatNobodyChoseAreRefused() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 50, 16));
    Value hidden = r.expertsUp("up", x, x, 4, 16, false, new Gating.Plain(Activation.SILU));
    Program program = r.program(hidden);
    places(-1, 1, -1, 2);
    assertThatThrownBy(() -> run(program)).hasMessageContaining("no experts");
  }

  private void assertRefused(Runnable fill, String why) {
    fill.run();
    assertThatThrownBy(() -> run(Example.ALL.program()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private void row(int token, int place, int second) {
    step.clear();
    step.sequence(new int[] {3}, 1);
    step.places(-1, 0);
    step.add(token, 0, 1, place, second, true);
  }

  /** Two sequences and their places. */
  private void places(int from, int to, int otherFrom, int otherTo) {
    step.clear();
    step.sequence(new int[] {3}, 1);
    step.places(from, to);
    step.add(1, 0, 1, true);
    step.sequence(new int[] {1}, 1);
    step.places(otherFrom, otherTo);
    step.add(1, 0, 1, true);
  }

  private void run(Program program) {
    try (Weights weights = backend.load(new RandomWeights(DType.F32), program.weights());
        Executable executable = backend.compile(program, weights, LIMITS);
        State state = backend.state(program.states(), DType.F16, 4, 4, 4)) {
      executable.run(step, state);
    }
  }

  private void fill(int[] table, int token) {
    step.clear();
    step.sequence(table, table.length);
    step.add(token, 0, 1, true);
  }

  @Test
  void largeCachesTakeUpWhatIsUsed() {
    Program program = Programs.llama();
    // 2^25 slots of 4 x 24 half-precision numbers: 6 GiB
    try (State state = backend.state(program.states(), DType.F16, 1 << 23, 4, 1)) {
      assertThat(state.bytes()).isEqualTo((1L << 25) * 192);
      state.copyBlock(0, (1 << 23) - 1);
    }
  }
}
