package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model's head by itself: what its program does with the last layer's rows, done with any rows of
 * the residual stream.
 */
final class Head implements AutoCloseable {
  private static final int ROWS = 32;

  /** Most of a step. */
  static final Limits LIMITS = new Limits(ROWS, ROWS, 1, 1, ROWS);

  private static final int[] BLOCK = {0};

  private final Executable executable;
  private final Step step = new Step(LIMITS);
  private final String input;
  private final String last;
  private final int vocab;
  private final int width;

  /**
   * @param program as {@link #program} gives it
   * @param compile makes it ready to run within {@link #LIMITS}
   */
  Head(Spec spec, Program program, Function<Program, Executable> compile) {
    input = program.ops().getFirst().out().name();
    last = Decoder.lastRows(spec);
    vocab = spec.vocab();
    width = spec.width();
    executable = compile.apply(program);
  }

  /**
   * The part of a checkpoint's program that comes after its layers.
   *
   * @throws PunaException if it is an encoder, which has no head
   */
  static Program program(Checkpoint checkpoint) {
    Spec spec = checkpoint.spec();
    if (!(spec.head() instanceof Spec.Logits)) {
      throw new PunaException(
          checkpoint.path() + " is an encoder: it has no head that scores tokens",
          "ask for its rows instead");
    }
    Program program = checkpoint.program();
    return program.after(program.value(Decoder.layerOut(spec, spec.layers().size() - 1)));
  }

  /** Looks at a row's result. */
  interface Watcher {
    /**
     * @param row its number
     * @param logits [V], valid during the call
     * @param normalized the row that they are made of, [D]; empty unless asked for
     */
    void row(int row, float[] logits, float[] normalized);
  }

  /**
   * Scores rows of the residual stream, [n][D].
   *
   * @param adapter that the rows were computed with; -1 for none
   * @param normalized whether the watcher wants to see what logits are made of
   * @param state any that is open: a head keeps nothing
   */
  void run(float[][] rows, int adapter, State state, boolean normalized, Watcher watcher) {
    float[] given = new float[Math.min(ROWS, rows.length) * width];
    float[] logits = new float[vocab];
    float[] lastRow = new float[normalized ? width : 0];
    float[] lastRows = new float[normalized ? given.length : 0];
    for (int from = 0; from < rows.length; from += ROWS) {
      int count = Math.min(ROWS, rows.length - from);
      step.clear();
      step.sequence(BLOCK, 1);
      step.choose(adapter);
      for (int i = 0; i < count; i++) {
        System.arraycopy(rows[from + i], 0, given, i * width, width);
        step.add(0, i, 1, true);
      }
      executable.give(input, given);
      run(state, normalized ? lastRows : null);
      MemorySegment result = executable.result(Decoder.LOGITS);
      for (int i = 0; i < count; i++) {
        copy(result, i, logits);
        System.arraycopy(lastRows, i * lastRow.length, lastRow, 0, lastRow.length);
        watcher.row(from + i, logits, lastRow);
      }
    }
  }

  private void run(State state, float @Nullable [] lastRows) {
    if (lastRows == null) {
      executable.run(step, state);
      return;
    }
    executable.trace(
        step,
        state,
        (Value value, int rows, MemorySegment data) -> {
          if (value.name().equals(last)) {
            int count = rows * value.cols();
            MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, lastRows, 0, count);
          }
        });
  }

  private static void copy(MemorySegment rows, int row, float[] to) {
    long at = (long) row * to.length * Float.BYTES;
    MemorySegment.copy(rows, ValueLayout.JAVA_FLOAT_UNALIGNED, at, to, 0, to.length);
  }

  @Override
  public void close() {
    executable.close();
    step.close();
  }
}
