package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.OpContract;
import dev.puna.program.Program;
import dev.puna.program.RandomWeights;
import dev.puna.program.State;
import dev.puna.program.Step;
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
    assertThatThrownBy(() -> backend.state(Programs.llama().states(), DType.Q8_0, 4, 4, 1))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("F16 or F32");
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
