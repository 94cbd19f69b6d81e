package dev.puna.cli;

import org.jspecify.annotations.Nullable;

/** Where the messages of a conversation are typed, or come from if nobody types. */
sealed interface ChatTerminal extends AutoCloseable permits EditedLines, PlainLines {
  /**
   * The next message as it is typed, in several lines perhaps ({@link TypedMessage}); empty if it
   * was given up, null if there are no more.
   */
  @Nullable String next();

  /**
   * Does something long.
   *
   * @param cancel what Ctrl-C does meanwhile, on another thread
   */
  void during(Runnable cancel, Runnable work);

  /** Whether somebody sits at it. */
  boolean interactive();

  @Override
  void close();
}
