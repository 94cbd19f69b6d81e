package dev.puna.engine;

import java.util.List;

/** Guesses what follows the texts that are decoding; see {@link Speculation}. */
interface Drafter extends AutoCloseable {
  /** Sets the guesses of those sequences that take some. */
  void guess(List<Job> running);

  /** Forgets a text that has ended. */
  default void forget(Sequence sequence) {}

  @Override
  default void close() {}
}
