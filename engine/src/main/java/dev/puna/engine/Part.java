package dev.puna.engine;

/** A sequence's rows in a step. Each sequence has one, which its next step overwrites. */
final class Part {
  final Sequence sequence;
  private Job job;
  private int from;
  private int count;
  private int wanted;
  private int output;

  Part(Sequence sequence) {
    this.sequence = sequence;
    job = sequence;
  }

  Part set(Job owner, int first, int rows, int wantedRows) {
    job = owner;
    from = first;
    count = rows;
    wanted = wantedRows;
    return this;
  }

  /** What the sequence belongs to. */
  Job job() {
    return job;
  }

  /** Position of its first row. */
  int from() {
    return from;
  }

  /** Number of rows. */
  int count() {
    return count;
  }

  /** Of how many rows, the last ones, the logits are wanted. */
  int wanted() {
    return wanted;
  }

  /** Position of the first row whose logits are wanted. */
  int firstWanted() {
    return from + count - wanted;
  }

  /** The number of its first wanted row among the step's outputs. */
  int output() {
    return output;
  }

  void output(int first) {
    output = first;
  }
}
