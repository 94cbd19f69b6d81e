package dev.puna.engine;

import java.util.List;

/** What the scheduler admits and ends as one: a text, or the beams of one prompt. */
sealed interface Job permits Sequence, BeamGroup {
  /** The sequences that have rows to compute now. */
  List<Sequence> sequences();

  /** All its sequences, also those that wait. */
  List<Sequence> members();

  /** The most sequences that it ever has, for which room is kept. */
  int seats();

  /**
   * Gets all blocks that it can ever need, or none at all if there are too few: returns whether.
   */
  boolean admit(KvPool pool);

  /** Gives all blocks back. */
  void release(KvPool pool);

  /**
   * Goes on from the logits of one of its sequences; returns whether the job has ended.
   *
   * @param logits [V]; may be written
   */
  boolean accept(Sequence sequence, float[] logits);

  /** Whether its owner has lost interest. */
  boolean cancelled();

  /** Hands over what there is. */
  void finish(Generation.Finish reason);

  void failed(RuntimeException cause);
}
