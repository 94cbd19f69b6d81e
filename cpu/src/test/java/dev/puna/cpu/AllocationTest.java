package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.puna.program.Example;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.RandomWeights;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compiled code allocates nothing: vectors are registers, not objects. Whether the compiler sees
 * through them depends on what else it has compiled, so every case has a JVM of its own.
 */
@Tag("allocation")
class AllocationTest {
  /** Nanoseconds. The compiler works beside the code, and may take seconds to get through it. */
  private static final long PATIENCE = 60_000_000_000L;

  private static final ThreadMXBean BEAN = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int[] TABLE = {3, 1, 2, 0};

  @ParameterizedTest
  @EnumSource
  void decodingAllocatesNothing(DType type) throws Exception {
    assertNothingAllocated(type.name());
  }

  @ParameterizedTest
  @CsvSource({"F32,F32", "F16,F16", "BF16,F16", "Q8_0,F16", "Q4_0,F32", "Q5_1,F16", "IQ4_NL,F16"})
  void stepsAllocateNothing(DType type, DType cache) throws Exception {
    assertNothingAllocated(type.name(), cache.name());
  }

  @ParameterizedTest
  @CsvSource({
    "SCORES,F32,F32",
    "SCORES,F16,F16",
    "LATENT,F16,F16",
    "LATENT,F16,Q8_0",
    "EXPERTS,F32,F32",
    "EXPERTS,Q5_1,F32",
    "STATE_SPACES,F32,F32",
    "STATE_SPACES,BF16,F32",
    "ADAPTERS,F32,F32",
    "ADAPTERS,Q8_0,F32",
    "ALL,F16,F16"
  })
  @Tag("examples")
  void stepsOfEveryOpAllocateNothing(Example example, DType type, DType cache) throws Exception {
    assertNothingAllocated(type.name(), cache.name(), example.name());
  }

  private static void assertNothingAllocated(String... arguments) throws Exception {
    String printed = AnotherJvm.run(AllocationTest.class, option -> true, arguments);
    assertThat(printed).as("bytes allocated").isEqualTo("0");
  }

  /** Prints the least that a round allocated: of decoding one type, or of steps with a cache. */
  public static void main(String[] arguments) {
    DType type = DType.valueOf(arguments[0]);
    System.out.println(
        arguments.length == 1
            ? decoding(type)
            : steps(
                type,
                DType.valueOf(arguments[1]),
                arguments.length == 2
                    ? CpuExecutableTest.Programs.llama()
                    : Example.valueOf(arguments[2]).program()));
  }

  private static long decoding(DType type) {
    int count = 512;
    try (Arena arena = Arena.ofConfined()) {
      long blocks = arena.allocate(type.bytes(count) + Memory.PADDING, 64).address();
      long floats = arena.allocate(4L * count + Memory.PADDING, 64).address();
      return leastAllocated(2000, () -> Format.of(type).decode(blocks, count, floats));
    }
  }

  private static long steps(DType type, DType cache, Program program) {
    Limits limits = new Limits(16, 16, 4, 64, 4);
    int adapters = program.adapters();
    try (CpuBackend backend = new CpuBackend();
        Step step = new Step(limits)) {
      backend.threads(2);
      try (Weights weights = backend.load(new RandomWeights(type), program.weights());
          Executable executable = backend.compile(program, weights, limits);
          State state = backend.state(program.states(), cache, 4, 4, 2)) {
        for (int p = 0; p < 16; p++) {
          decode(executable, step, state, p, adapters);
        }
        return leastAllocated(200, () -> decode(executable, step, state, 15, adapters));
      }
    }
  }

  private static void decode(
      Executable executable, Step step, State state, int position, int adapters) {
    step.clear();
    step.sequence(TABLE, TABLE.length);
    step.choose(adapters - 1);
    step.places(position == 0 ? -1 : position % 2, (position + 1) % 2);
    step.source(TABLE, 1, 1);
    step.add(position % 50, position, position + 1, true);
    executable.run(step, state);
  }

  /** Rounds of {@code times} calls until one allocates nothing, or patience is at its end. */
  private static long leastAllocated(int times, Runnable call) {
    long[] threads = threads();
    long least = Long.MAX_VALUE;
    long deadline = System.nanoTime() + PATIENCE;
    while (least > 0 && System.nanoTime() < deadline) {
      long before = allocated(threads);
      for (int i = 0; i < times; i++) {
        call.run();
      }
      least = Math.min(least, allocated(threads) - before);
    }
    return least;
  }

  private static long[] threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("puna-cpu-") || t == Thread.currentThread())
        .mapToLong(Thread::threadId)
        .toArray();
  }

  private static long allocated(long[] threads) {
    long bytes = 0;
    for (long thread : threads) {
      bytes += BEAN.getThreadAllocatedBytes(thread);
    }
    return bytes;
  }
}
