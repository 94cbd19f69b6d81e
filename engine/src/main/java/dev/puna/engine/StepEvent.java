package dev.puna.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of the engine, in a flight recording. */
@Name("puna.Step")
@Label("Step")
@Category("Puna")
@Description("One run of the model, over rows of all sequences that take part")
@StackTrace(false)
final class StepEvent extends Event {
  @Label("Rows")
  int rows;

  @Label("Rows whose logits were wanted")
  int outputs;

  @Label("Sequences")
  int sequences;

  @Label("Requests that wait")
  int waiting;

  void end(int rows, int outputs, int sequences, int waiting) {
    this.rows = rows;
    this.outputs = outputs;
    this.sequences = sequences;
    this.waiting = waiting;
    commit(); // which ends it; the one object serves all steps
  }
}
