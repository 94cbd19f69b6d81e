package dev.puna.engine;

import java.util.List;

/** What the scheduler admits and ends as one: a text, or the beams of one prompt. */
abstract sealed class Job permits Sequence, BeamGroup {
  /** Its number among all that were ever submitted. */
  long arrival;

  /** How many that came later were admitted before it. */
  int overtaken;

  /** Whether it has ended, and been taken out. */
  boolean removed;

  /** Which of those that wait goes first: higher before lower. */
  abstract int priority();

  /** The sequences that have rows to compute now or later. */
  abstract List<Sequence> sequences();

  /** All its sequences, also those that are not used yet. */
  abstract List<Sequence> members();

  /** The most sequences that it ever has, for which room is kept. */
  abstract int seats();

  /** Forgets what is in the state: its blocks are taken away, and it will be read anew. */
  abstract void preempted();

  /**
   * Goes on from the logits of one of its sequences; returns whether the job has ended.
   *
   * @param part what of the sequence was computed
   * @throws dev.puna.tensor.PunaException if it cannot go on
   */
  abstract boolean accept(Part part, Outputs outputs);

  /** Whether its owner has lost interest. */
  abstract boolean cancelled();

  /** Whether its time was over at a moment of {@link System#nanoTime}. */
  abstract boolean overtime(long now);

  /** Hands over what there is. */
  abstract void finish(Generation.Finish reason);

  abstract void failed(RuntimeException cause);
}
