package dev.puna.program;

import java.lang.foreign.MemorySegment;

/** A compiled program. Used by one thread at a time. */
public interface Executable extends AutoCloseable {
  /**
   * Gives the rows of an {@link Op.Given} to the runs that follow.
   *
   * @param name the value's
   * @param rows (rows, cols) row-major, at least as many rows as those steps have
   */
  void give(String name, float[] rows);

  /** Runs one step: reads the step's rows, reads and extends the state, writes the results. */
  void run(Step step, State state);

  /**
   * A result of the latest run.
   *
   * @return (rows, cols) single-precision numbers, row-major, valid until the next run
   */
  MemorySegment result(String name);

  /**
   * Runs one step op by op and shows every value as soon as it is written. The numbers are those of
   * {@link #run}; running a step again leaves the state as it was.
   */
  void trace(Step step, State state, Trace trace);

  @Override
  void close();

  /** Looks at the values of a step. */
  interface Trace {
    /**
     * @param rows number of rows in this step
     * @param data (rows, cols) single-precision numbers, valid during the call
     */
    void value(Value value, int rows, MemorySegment data);
  }
}
