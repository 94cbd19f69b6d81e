package dev.puna.engine;

import dev.puna.tensor.PunaException;

/**
 * How requests share an engine.
 *
 * @param chunk most tokens of a step: prompts are read in chunks beside what is decoding
 * @param cache tokens that the KV cache holds, of all sequences together; 0 for as many as all
 *     sequences can have. With fewer, a sequence may lose its place for a while, and nothing else
 * @param queue most requests that wait; more are refused
 * @param tokens most new tokens of a request; more are refused
 */
public record Scheduling(int chunk, int cache, int queue, int tokens) {
  /** What suits one user as well as many. */
  public static final Scheduling DEFAULT =
      new Scheduling(512, 0, Integer.MAX_VALUE, Integer.MAX_VALUE);

  public Scheduling {
    check(chunk >= 1, "a step of " + chunk + " tokens", "it must be 1 or more");
    check(cache >= 0, "a KV cache of " + cache + " tokens", "it must be 0 or more");
    check(queue >= 0, "a queue of " + queue + " requests", "it must be 0 or more");
    check(tokens >= 1, "at most " + tokens + " tokens", "it must be 1 or more");
  }

  private static void check(boolean holds, String what, String mend) {
    if (!holds) {
      throw new PunaException(what, mend);
    }
  }

  public Scheduling chunk(int tokens) {
    return new Scheduling(tokens, cache, queue, this.tokens);
  }

  public Scheduling cache(int tokens) {
    return new Scheduling(chunk, tokens, queue, this.tokens);
  }

  public Scheduling queue(int requests) {
    return new Scheduling(chunk, cache, requests, tokens);
  }

  public Scheduling tokens(int most) {
    return new Scheduling(chunk, cache, queue, most);
  }
}
