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

  /**
   * Whether all numbers are finite. What is not has all bits of its exponent set, so that adding
   * one to it reaches the sign: in this form many are looked at at a time.
   */
  static boolean all(float[] row) {
    return all(MemorySegment.ofArray(row), row.length);
  }

  /** The same, of an array's memory: what looks often keeps it. */
  static boolean all(MemorySegment bits, int count) {
    int carried = 0;
    for (int i = 0; i < count; i++) {
      int magnitude = bits.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i) & Integer.MAX_VALUE;
      carried |= magnitude + 0x0080_0000;
    }
    return carried >= 0;
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
