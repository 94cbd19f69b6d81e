package dev.puna.cli;

import dev.puna.model.Checkpoint;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** All values of a text's pass through a checkpoint's programs, read in one step each. */
final class TracedPrograms {
  private static final int BLOCK = 32;

  private final Checkpoint checkpoint;
  private final Map<Program, Map<Value, float[][]>> values = new HashMap<>();

  /**
   * @param ids what the encoder reads, or the only program
   * @param own what the decoder reads, or the only program
   */
  TracedPrograms(Checkpoint checkpoint, int[] ids, int[] own) {
    this.checkpoint = checkpoint;
    int blocks = (Math.max(ids.length, own.length) + BLOCK - 1) / BLOCK;
    int rows = Math.max(ids.length, own.length);
    Limits limits = new Limits(rows, rows, 1, 2 * blocks, BLOCK);
    try (Backend backend =
            Backend.all().stream().filter(b -> b.name().equals("cpu")).findFirst().orElseThrow();
        Weights weights = backend.load(checkpoint, checkpoint.weights());
        State state =
            backend.state(Program.states(checkpoint.programs()), DType.F32, 2 * blocks, BLOCK, 2);
        Step step = new Step(limits)) {
      int[] table = IntStream.range(0, blocks).toArray();
      int[] sourceTable = IntStream.range(blocks, 2 * blocks).toArray();
      Program source = checkpoint.sourceProgram();
      if (source != null) {
        begin(step, sourceTable, ids.length);
        for (int t = 0; t < ids.length; t++) {
          step.add(ids[t], t, ids.length, true);
        }
        trace(backend, source, weights, limits, step, state);
      }
      TokenPlaces places = TokenPlaces.of(checkpoint.spec().reading(), own);
      begin(step, table, places.prefix());
      if (source != null) {
        step.source(sourceTable, blocks, ids.length);
      }
      for (int t = 0; t < own.length; t++) {
        step.add(own[t], t, own.length, places.place(t), places.second(t), true);
      }
      trace(backend, checkpoint.program(), weights, limits, step, state);
    }
  }

  private static void begin(Step step, int[] table, int prefix) {
    step.clear();
    step.sequence(table, table.length);
    step.readWhole(prefix);
    step.places(-1, 0);
  }

  private void trace(
      Backend backend, Program program, Weights weights, Limits limits, Step step, State state) {
    Map<Value, float[][]> all = new HashMap<>();
    try (Executable executable = backend.compile(program, weights, limits)) {
      executable.trace(step, state, (value, rows, data) -> all.put(value, copy(value, rows, data)));
    }
    values.put(program, all);
  }

  private static float[][] copy(Value value, int rows, MemorySegment data) {
    float[][] copy = new float[rows][value.cols()];
    for (int t = 0; t < rows; t++) {
      long at = 4L * t * value.cols();
      MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, at, copy[t], 0, value.cols());
    }
    return copy;
  }

  /** A value of the decoder's, or the only program. */
  float[][] own(Value value) {
    return values.get(checkpoint.program()).get(value);
  }

  Program sourceProgram() {
    return java.util.Objects.requireNonNull(checkpoint.sourceProgram());
  }

  /** A value of the encoder's. */
  float[][] source(Value value) {
    return values.get(checkpoint.sourceProgram()).get(value);
  }
}
