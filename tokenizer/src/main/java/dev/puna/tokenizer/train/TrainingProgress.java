package dev.puna.tokenizer.train;

/** Is told how far training has come. Called by one thread at a time. */
@FunctionalInterface
public interface TrainingProgress {
  /** One that nobody looks at. */
  TrainingProgress NONE = (step, done, total) -> {};

  /**
   * Told now and then.
   *
   * @param step what is being done, such as {@code reading} or {@code merging}
   * @param done how much of it: bytes, pieces
   * @param total of how much
   */
  void at(String step, long done, long total);
}
