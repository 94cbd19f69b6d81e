package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In steady state a token costs the engine's thread no memory beyond its text. */
class TokenAllocationTest {
  private static final int TOKENS = 1000;
  private static final int SEQUENCES = 4;

  /** Objects of a step, however many texts take part: views of its results. */
  private static final long OF_A_STEP = 256;

  @Test
  void aTokenIsFree() {
    Options options = Options.defaults().context(1100).parallel(SEQUENCES);
    try (Engine engine = Engine.open(Shared.data("fixtures/llama_gqa"), options)) {
      long thread = engineThread();
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 12; round++) { // compilers are at work in the first ones
        least = Math.min(least, allocated(engine, thread));
      }
      // what a request brings along: sampler, buffers of the vocabulary, room for its tokens
      long requests = SEQUENCES * 32L * 1024;
      assertThat(least).isLessThan(requests + TOKENS * OF_A_STEP);
    }
  }

  private static long allocated(Engine engine, long thread) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(thread);
    Stop stop = new Stop(TOKENS, List.of(), true);
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < SEQUENCES; i++) {
      Sampling sampling = new Sampling(0.8, 40, 0.95, i);
      all.add(engine.submit(new Request(new int[] {1, i}, sampling, stop)));
    }
    all.forEach(Generation::await);
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  private static long engineThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().equals("puna-engine"))
        .mapToLong(Thread::threadId)
        .max()
        .orElseThrow();
  }
}
