package dev.puna.bench;

import dev.puna.cpu.CpuBackend;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.LowRank;
import dev.puna.program.Program;
import dev.puna.program.Recorder;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Updates;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What adapters cost that sequences choose from: eight matrices of 4096 x 4096 one after the other,
 * each with four adapters in half precision, whose rows are eight sequences'. {@code PLAIN} is a
 * program without adapters; the others have them and choose none, all the same, or each another.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "-Xmx2g"
    })
@org.openjdk.jmh.annotations.State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls prepare()
public class AdapterBenchmark {
  private static final int SIZE = 4096;
  private static final int MATRICES = 8;
  private static final int ADAPTERS = 4;

  /** Which adapters the sequences choose. */
  public enum Choice {
    PLAIN,
    NONE,
    SAME,
    EACH
  }

  /** How the matrices are stored. */
  @Param({"Q4_K", "F16"})
  public DType type;

  /** Rows of the step: one, one of each sequence, or chunks of prompts. */
  @Param({"1", "8", "256"})
  public int rows;

  @Param({"8", "16", "64"})
  public int rank;

  @Param public Choice choice;

  private final Arena arena = Arena.ofShared();
  private final Backend backend = new CpuBackend();
  private Weights weights;
  private State state;
  private Executable executable;
  private Step step;

  @Setup(Level.Trial)
  public void prepare() {
    Recorder r = new Recorder(0, this::updates);
    Value x = r.embed("x", r.weight("table", 16, SIZE));
    for (int i = 0; i < MATRICES; i++) {
      x = r.linear("y" + i, x, SIZE, false);
    }
    Program program = r.program(x);
    int sequences = Math.min(8, rows);
    Limits limits = new Limits(rows, rows, sequences, rows, 1);
    weights = backend.load(this::random, program.weights());
    state = backend.state(List.of(), DType.F32, rows, 1, 1);
    executable = backend.compile(program, weights, limits);
    step = new Step(limits);
    for (int s = 0; s < sequences; s++) {
      int own = rows / sequences;
      step.sequence(new int[own], own);
      step.choose(
          switch (choice) {
            case PLAIN, NONE -> -1;
            case SAME -> 0;
            case EACH -> s % ADAPTERS;
          });
      for (int t = 0; t < own; t++) {
        step.add(t % 16, t, own, true);
      }
    }
  }

  private Updates updates(Weight weight) {
    List<LowRank> all = new ArrayList<>();
    for (int i = 0; i < ADAPTERS; i++) {
      Weight a = new Weight(weight.name() + ".lora_a." + i, rank, SIZE);
      Weight b = new Weight(weight.name() + ".lora_b." + i, SIZE, rank);
      all.add(new LowRank(a, b, 0.5f, null));
    }
    return choice == Choice.PLAIN ? Updates.NONE : new Updates.Chosen(List.copyOf(all));
  }

  /** Small numbers, so that eight products in a row stay finite. */
  private Tensor random(Weight weight) {
    DType stored = weight.name().contains("lora") ? DType.F16 : type;
    Random random = new Random(weight.name().hashCode());
    float[] row = new float[weight.cols()];
    MemorySegment data = arena.allocate(stored.bytes(weight.elements()), 64);
    for (int r = 0; r < weight.rows(); r++) {
      for (int c = 0; c < row.length; c++) {
        row[c] = (float) random.nextGaussian() / 64;
      }
      stored.encode(row, 0, row.length, data, stored.bytes(row.length) * r);
    }
    return new Tensor(stored, weight.rows(), weight.cols(), data);
  }

  @Benchmark
  public MemorySegment step() {
    executable.run(step, state);
    return executable.result("y" + (MATRICES - 1));
  }

  @TearDown(Level.Trial)
  public void close() {
    step.close();
    executable.close();
    state.close();
    weights.close();
    backend.close();
    arena.close();
  }
}
