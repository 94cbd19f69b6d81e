package dev.puna.program;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The interpreter as a backend: the oracle, used only on request. */
public final class ReferenceBackend implements Backend {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Optional<String> unusable() {
    return Optional.empty();
  }

  /** The interpreter has one thread, whatever is asked. */
  @Override
  public void threads(int threads) {}

  @Override
  public Weights load(Weights.Source source, List<Weight> wanted) {
    Map<Weight, Tensor> tensors = new HashMap<>();
    wanted.forEach(w -> tensors.put(w, source.tensor(w)));
    return new Loaded(tensors);
  }

  @Override
  public State state(List<StateSpec> layers, DType type, int blocks, int blockSize, int places) {
    return new ReferenceState(layers, type, blocks, blockSize, places);
  }

  @Override
  public Executable compile(Program program, Weights weights, Limits limits) {
    return new Interpreter(program, ((Loaded) weights).tensors);
  }

  @Override
  public void close() {}

  private record Loaded(Map<Weight, Tensor> tensors) implements Weights {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static final class Interpreter implements Executable {
    private final Program program;
    private final Map<Weight, Tensor> weights;
    private final Map<String, float[]> given = new HashMap<>();
    private @Nullable Reference latest;

    Interpreter(Program program, Map<Weight, Tensor> weights) {
      this.program = program;
      this.weights = weights;
    }

    @Override
    public void run(Step step, State state) {
      trace(step, state, (value, rows, data) -> {});
    }

    @Override
    public void trace(Step step, State state, Trace trace) {
      Reference reference = new Reference(this::tensor, step, (ReferenceState) state, this::given);
      for (Op op : program.ops()) {
        float[] y = reference.run(op);
        trace.value(op.out(), y.length / op.out().cols(), MemorySegment.ofArray(y));
      }
      latest = reference;
    }

    @Override
    public void give(String name, float[] rows) {
      given.put(name, rows.clone());
    }

    private float[] given(Value value) {
      float[] rows = given.get(value.name());
      if (rows == null) {
        throw new IllegalStateException(value.name() + " was not given");
      }
      return rows;
    }

    private Tensor tensor(Weight weight) {
      Tensor tensor = weights.get(weight);
      if (tensor == null) {
        throw new IllegalStateException(weight + " was not loaded");
      }
      return tensor;
    }

    @Override
    public MemorySegment result(String name) {
      if (latest == null) {
        throw new IllegalStateException("nothing has run");
      }
      return MemorySegment.ofArray(latest.value(program.result(name)));
    }

    @Override
    public void close() {}
  }
}
