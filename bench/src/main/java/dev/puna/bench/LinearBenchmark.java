package dev.puna.bench;

import dev.puna.cpu.CpuBackend;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.Recorder;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * Linear, the op that nearly all time goes into, through the backend as a program uses it: eight
 * different matrices of 4096 x 4096, so that one row (decoding) reads them from memory, and 512
 * rows (prefill) compute.
 *
 * <p>Beside the time: {@code gigabytes} of weights and {@code gigamacs}, billions of
 * multiply-accumulates, per second; {@code ofBandwidth}, the former as a fraction of what the
 * machine reads in the seconds around, and {@code ofFloats} and {@code ofBytes}, the latter as
 * fractions of what it multiplies of single-precision numbers and of bytes ({@link Ceilings}).
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
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
public class LinearBenchmark {
  private static final int SIZE = 4096;
  private static final int MATRICES = 8;

  /** How the matrices are stored. */
  @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K", "AFFINE4"})
  public DType type;

  /** Rows of the step. */
  @Param({"1", "512"})
  public int rows;

  private final Arena arena = Arena.ofShared();
  private final Backend backend = new CpuBackend();
  private Weights weights;
  private State state;
  private Executable executable;
  private Step step;
  private Ceilings ceilings = new Ceilings(Double.NaN, Double.NaN, Double.NaN);

  /** Work per second, which JMH derives from the totals of an iteration. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @org.openjdk.jmh.annotations.State(Scope.Thread)
  public static class Work {
    public double gigabytes;
    public double gigamacs;
    public double ofBandwidth;
    public double ofFloats;
    public double ofBytes;
  }

  @Setup(Level.Trial)
  public void prepare() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 16, SIZE));
    for (int i = 0; i < MATRICES; i++) {
      x = r.linear("y" + i, x, SIZE, false);
    }
    Program program = r.program(x);
    Limits limits = new Limits(rows, rows, 1, rows, 1);
    weights = backend.load(this::random, program.weights());
    state = backend.state(List.of(), DType.F32, rows, 1, 1);
    executable = backend.compile(program, weights, limits);
    step = new Step(limits);
    step.sequence(new int[rows], rows);
    for (int t = 0; t < rows; t++) {
      step.add(t % 16, t, rows, true);
    }
  }

  /** Anew for each iteration: the ceiling moves. */
  @Setup(Level.Iteration)
  public void measureCeilings() {
    ceilings = Ceilings.measure(0);
  }

  /** Small numbers, so that eight products in a row stay finite. */
  private Tensor random(Weight weight) {
    Random random = new Random(weight.name().hashCode());
    float[] row = new float[weight.cols()];
    MemorySegment data = arena.allocate(type.bytes(weight.elements()), 64);
    for (int r = 0; r < weight.rows(); r++) {
      for (int c = 0; c < row.length; c++) {
        row[c] = (float) random.nextGaussian() / 64;
      }
      type.encode(row, 0, row.length, data, type.bytes(row.length) * r);
    }
    return new Tensor(type, weight.rows(), weight.cols(), data);
  }

  @Benchmark
  public MemorySegment linear(Work work) {
    executable.run(step, state);
    double gigabytes = MATRICES * type.bytes((long) SIZE * SIZE) / 1e9;
    work.gigabytes += gigabytes;
    work.ofBandwidth += gigabytes / ceilings.gigabytes();
    double gigamacs = (double) MATRICES * SIZE * SIZE * rows / 1e9;
    work.gigamacs += gigamacs;
    work.ofFloats += gigamacs / ceilings.floatGigamacs();
    work.ofBytes += gigamacs / ceilings.byteGigamacs();
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
