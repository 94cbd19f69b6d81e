package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.engine.ContextEnd;
import dev.puna.engine.Engine;
import dev.puna.engine.EngineBusyException;
import dev.puna.engine.Generation;
import dev.puna.engine.Load;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Scheduling;
import dev.puna.engine.Speculation;
import dev.puna.engine.Stop;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Ten thousand requests of all lengths, of which many end otherwise than they were meant to. */
class SoakTest {
  private static final int REQUESTS = 10_000;
  private static final int CONTEXT = 64;

  private final Random random = new Random(17);
  private final Map<Generation.Finish, Integer> ends = new EnumMap<>(Generation.Finish.class);
  private int failed;
  private int refused;

  @Test
  void nothingIsLeftBehind() throws IOException {
    Path model = Shared.data("models/stories260K.gguf");
    try (Engine engine = Engine.open(model, options())) {
      run(engine, REQUESTS / 5); // everything has been used once
    }
    int threads = threads();
    long descriptors = descriptors();
    try (Engine engine = Engine.open(model, options())) {
      run(engine, REQUESTS / 5);
      long heap = heap();
      long resident = resident();
      run(engine, REQUESTS - REQUESTS / 5);
      Load load = engine.load();
      assertThat(load.running() + load.waiting()).isZero();
      assertThat(load.freeBlocks()).isEqualTo(load.blocks());
      assertThat(load.preemptions()).isPositive();
      assertThat(heap()).as("heap").isLessThan(heap + (4 << 20));
      assertThat(resident()).as("resident").isLessThan(resident + (48L << 20));
    }
    assertThat(threads()).isLessThanOrEqualTo(threads);
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
    assertThat(ends.keySet()).containsExactlyInAnyOrder(Generation.Finish.values());
    assertThat(failed).isPositive();
    assertThat(refused).isPositive();
  }

  private static Options options() {
    return Options.defaults()
        .device("flaky")
        .context(CONTEXT)
        .parallel(8)
        .speculation(new Speculation.Lookup(2, 2))
        .scheduling(Scheduling.DEFAULT.chunk(24).cache(4 * CONTEXT).queue(10));
  }

  private void run(Engine engine, int requests) {
    Deque<Generation> running = new ArrayDeque<>();
    for (int i = 0; i < requests; i++) {
      submit(engine, running);
      while (running.size() > 16 || random.nextInt(20) == 0 && !running.isEmpty()) {
        await(running.removeFirst());
      }
      if (random.nextInt(10) == 0 && !running.isEmpty()) {
        running.getLast().cancel();
      }
    }
    running.forEach(this::await);
  }

  private void submit(Engine engine, Deque<Generation> running) {
    try {
      running.add(engine.submit(request()));
    } catch (EngineBusyException e) {
      refused++;
      await(running.removeFirst());
    } catch (PunaException e) {
      refused++; // an id that there is not, or a prompt that is too long
    }
  }

  private Request request() {
    int length = 1 + random.nextInt(random.nextInt(50) == 0 ? 2 * CONTEXT : 30);
    int[] prompt = random.ints(length, 3, random.nextInt(100) == 0 ? 600 : 512).toArray();
    Stop stop =
        new Stop(
            1 + random.nextInt(40),
            random.nextInt(3) == 0 ? List.of("e", "the") : List.of(),
            random.nextBoolean());
    stop = random.nextInt(4) == 0 ? stop.ids(Set.of(random.nextInt(512))) : stop;
    stop = random.nextInt(20) == 0 ? stop.time(Duration.ofNanos(random.nextInt(3_000_000))) : stop;
    Sampling sampling =
        random.nextBoolean()
            ? Sampling.greedy()
            : new Sampling(1.5, 100, 0.99, random.nextLong()).frequencyPenalty(0.3);
    ContextEnd end =
        switch (random.nextInt(3)) {
          case 0 -> ContextEnd.STOP;
          case 1 -> ContextEnd.ERROR;
          default -> new ContextEnd.Slide(4);
        };
    return new Request(prompt, sampling, stop).contextEnd(end).priority(random.nextInt(3));
  }

  private void await(Generation generation) {
    try {
      ends.merge(generation.await().finish(), 1, Integer::sum);
    } catch (PunaException e) {
      failed++;
    }
  }

  private static int threads() {
    return ManagementFactory.getThreadMXBean().getThreadCount();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aClosedEngineTakesNothing() {
    Engine engine = Engine.open(Shared.data("models/stories260K.gguf"), options());
    engine.close();
    assertThatThrownBy(() -> engine.submit(request())).isInstanceOf(IllegalStateException.class);
  }
}
