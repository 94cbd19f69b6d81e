package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
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
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  private abstract static class Programs extends OpContract {
    static Program llama() {
      return llamaLike(2);
    }
  }

  private static final int[] TABLE = {3, 1, 2, 0};

  private void decode(Executable executable, State state, int position) {
    step.clear();
    step.sequence(TABLE, TABLE.length);
    step.add(position % 50, position, position + 1, true);
    executable.run(step, state);
  }

  /** Compiled code allocates nothing in a step; interpreted vectors do, so this warms up. */
  @Tag("allocation")
  @ParameterizedTest
  @CsvSource({"F32,F32", "F16,F16", "BF16,F16", "Q8_0,F16", "Q4_0,F32", "Q5_1,F16"})
  void stepsAllocateNothing(DType type, DType cache) {
    backend.threads(2);
    Program program = Programs.llama();
    try (Weights weights = backend.load(new RandomWeights(type), program.weights());
        Executable executable = backend.compile(program, weights, LIMITS);
        State state = backend.state(program.states(), cache, 4, 4)) {
      for (int p = 0; p < 16; p++) {
        decode(executable, state, p);
      }
      long[] threads = threads();
      long least = Long.MAX_VALUE;
      int steps = 200;
      // the compiler works beside the steps, and may take seconds to get through the kernels
      long deadline = System.nanoTime() + 60_000_000_000L;
      while (least > 0 && System.nanoTime() < deadline) {
        long before = allocated(threads);
        for (int i = 0; i < steps; i++) {
          decode(executable, state, 15);
        }
        least = Math.min(least, allocated(threads) - before - looking(threads));
      }
      assertThat(least).isLessThanOrEqualTo(0);
    }
  }

  /** What looking at the counters allocates by itself. */
  private static long looking(long[] threads) {
    long before = allocated(threads);
    return allocated(threads) - before;
  }

  private static long[] threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("puna-cpu-") || t == Thread.currentThread())
        .mapToLong(Thread::threadId)
        .toArray();
  }

  private static long allocated(long[] threads) {
    ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = 0;
    for (long thread : threads) {
      bytes += beans.getThreadAllocatedBytes(thread);
    }
    return bytes;
  }

  @Test
  void cachesOfOtherTypesAreRefused() {
    assertThatThrownBy(() -> backend.state(Programs.llama().states(), DType.Q8_0, 4, 4))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("F16 or F32");
  }

  @Test
  void whatWouldBeAWrongAddressIsRefused() {
    Program program = Programs.llama();
    Weights weights = backend.load(new RandomWeights(DType.F32), program.weights());
    Executable executable = backend.compile(program, weights, LIMITS);
    State state = backend.state(program.states(), DType.F16, 4, 4);
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
    assertThatThrownBy(() -> executable.run(step, backend.state(program.states(), DType.F16, 4, 8)))
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
    try (State state = backend.state(program.states(), DType.F16, 1 << 23, 4)) {
      assertThat(state.bytes()).isEqualTo((1L << 25) * 192);
      state.copyBlock(0, (1 << 23) - 1);
    }
  }
}
