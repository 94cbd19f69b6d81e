package dev.puna.cli;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A conversation with a model, as {@code puna chat} needs it. Whatever it cannot do it says with a
 * {@link dev.puna.tensor.PunaException}, and stays as it was.
 */
interface Dialogue {
  /** An answer on its way. */
  interface Answer {
    /** Hands over pieces of text as they come; returns when the answer is complete. */
    void stream(Consumer<String> pieces);

    /** How fast it came, in a line; when it is complete. */
    String speed();

    /** Ends it after the step that is running. Any thread may call this. */
    void cancel();
  }

  /** In the place of the system message so far; empty for none. */
  void system(String text);

  /** Says something. The answer becomes part of the conversation when it has been streamed. */
  Answer say(String text);

  /** Takes the last answer back and asks again. */
  Answer regenerate();

  /** Forgets all but the system message. */
  void clear();

  /** Writes the messages to a JSON file. */
  void save(Path file);

  /** Reads messages from a JSON file, in the place of all there are. */
  void load(Path file);
}
