package dev.puna.engine;

import dev.puna.program.Executable;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;

/** Looks for numbers that are not finite, and for where they come from. */
final class Finite {
  private Finite() {}

  static boolean all(float[] row) {
    for (float x : row) {
      if (!Float.isFinite(x)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Runs a step once more, op by op, and names the first value that went bad. Weights are not
   * scanned when a model is loaded: that would read all of it.
   */
  static PunaException explain(Executable executable, Step step, State state) {
    AtomicReference<String> first = new AtomicReference<>();
    executable.trace(
        step,
        state,
        (value, rows, data) -> {
          for (long i = 0; first.get() == null && i < (long) rows * value.cols(); i++) {
            if (!Float.isFinite(number(data, i))) {
              first.set(
                  "%s is not finite (%s in row %d, column %d)"
                      .formatted(
                          value.name(), number(data, i), i / value.cols(), i % value.cols()));
            }
          }
        });
    return new PunaException(
        "the model's numbers went bad: " + first.get(),
        "a weight that this value is computed from is damaged; fetch the file again");
  }

  private static float number(MemorySegment data, long index) {
    return data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES);
  }
}
