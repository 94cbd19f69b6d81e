package dev.puna.bench;

import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A device that takes no time: its results are the same numbers again and again. What is left of a
 * step is what the engine does around the model.
 */
public final class InstantBackend implements Backend {
  @Override
  public String name() {
    return "instant";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Optional<String> unusable() {
    return Optional.empty();
  }

  @Override
  public void threads(int threads) {}

  @Override
  public Weights load(Weights.Source source, List<Weight> wanted) {
    return new Weights() {
      @Override
      public long bytes() {
        return 0;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public State state(List<StateSpec> layers, DType type, int blocks, int blockSize, int places) {
    return new NoState();
  }

  @Override
  public Executable compile(Program program, Weights weights, Limits limits) {
    return new Constant(program.results().getFirst(), limits);
  }

  @Override
  public void close() {}

  /** Results that do not depend on anything. */
  private static final class Constant implements Executable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment result;

    Constant(Value value, Limits limits) {
      long count = (long) limits.outputs() * value.cols();
      result = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      SplittableRandom random = new SplittableRandom(1);
      for (long i = 0; i < count; i++) {
        result.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
    }

    @Override
    public void give(String name, float[] rows) {}

    @Override
    public void run(Step step, State state) {}

    @Override
    public MemorySegment result(String name) {
      return result;
    }

    @Override
    public void trace(Step step, State state, Trace trace) {}

    @Override
    public void close() {
      arena.close();
    }
  }

  /** Nothing to keep. */
  private static final class NoState implements State {
    @Override
    public void copyBlock(int from, int to) {}

    @Override
    public void copyPlace(int from, int to) {}

    @Override
    public long blockBytes() {
      return 0;
    }

    @Override
    public long placeBytes() {
      return 0;
    }

    @Override
    public void readBlock(int block, MemorySegment into) {}

    @Override
    public void writeBlock(int block, MemorySegment from) {}

    @Override
    public void readPlace(int place, MemorySegment into) {}

    @Override
    public void writePlace(int place, MemorySegment from) {}

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
