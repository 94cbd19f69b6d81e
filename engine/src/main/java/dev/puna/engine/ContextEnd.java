package dev.puna.engine;

import dev.puna.tensor.PunaException;

/** What happens to a text that reaches the end of the context. */
public sealed interface ContextEnd {
  ContextEnd STOP = new Stop();
  ContextEnd ERROR = new Error();

  /** It ends there, with the reason LENGTH. */
  record Stop() implements ContextEnd {}

  /** It fails. */
  record Error() implements ContextEnd {}

  /**
   * It goes on without its middle: the kept beginning stays, and of what follows the latest tokens
   * that fill half of the room. What is left is read anew as a prompt, so what follows is exactly
   * what the model says to that prompt, at the cost of reading half a context each half context. A
   * prompt that is too long is shortened alike.
   *
   * @param kept tokens of the beginning that stay; a system prompt, for example
   */
  record Slide(int kept) implements ContextEnd {
    public Slide {
      if (kept < 0) {
        throw new PunaException(kept + " kept tokens", "it must be 0 or more");
      }
    }
  }
}
