package dev.puna.bench;

import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a step costs beside the model: texts on a device that takes no time. A step is scheduled,
 * its rows are written, each sequence's logits are copied, looked through and drawn from, its token
 * is handed to the thread that waits for it. With a vocabulary of 512 nearly nothing of it is the
 * logits'.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx1g"})
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls open()
public class SchedulingBenchmark {
  private static final int TOKENS = 2000;

  @Param({"512", "32000", "151936"})
  int vocabulary;

  @Param({"1", "8"})
  int sequences;

  private Path file;
  private Engine engine;

  /** Opens an engine on a device that takes no time. */
  @Setup
  public void open() throws IOException {
    file = Files.createTempFile("scheduling", ".gguf");
    SyntheticShape shape = new SyntheticShape(32, 1, 2, 1, 32, vocabulary, 4096);
    SyntheticModel.write(shape, SyntheticType.named("F16"), file);
    engine = Engine.open(file, Options.defaults().device("instant").parallel(sequences));
  }

  /** Closes it. */
  @TearDown
  public void close() throws IOException {
    engine.close();
    Files.delete(file);
  }

  /** A step, of a token of each sequence. */
  @Benchmark
  @OperationsPerInvocation(TOKENS)
  public long step() {
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < sequences; i++) {
      Stop stop = new Stop(TOKENS, List.of(), true);
      all.add(engine.submit(new Request(new int[] {1, i}, Sampling.greedy(), stop)));
    }
    long tokens = 0;
    for (Generation generation : all) {
      tokens += generation.await().tokens().size();
    }
    return tokens;
  }
}
