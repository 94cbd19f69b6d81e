package dev.puna.engine;

/** When a text was asked for, begun and drawn, in nanoseconds; tells flight recordings of it. */
final class TextClock {
  private final long submitted = System.nanoTime();
  private final TokenEvent token = new TokenEvent(); // of all tokens
  private final RequestEvent request = new RequestEvent();
  private long started;
  private long firstToken;
  private long lastToken;

  TextClock() {
    request.begin();
  }

  /** A step takes it up; the first time counts. */
  void started() {
    started = started == 0 ? System.nanoTime() : started;
  }

  /** A token is about to be drawn. */
  void draws() {
    token.begin();
  }

  /** It has been. */
  void drawn(int position, int id) {
    token.position = position;
    token.token = id;
    token.commit();
    lastToken = System.nanoTime();
    firstToken = firstToken == 0 ? lastToken : firstToken;
  }

  /** From its submission to now. */
  long waited(long now) {
    return now - submitted;
  }

  /** From its first step to its first token; 0 if there is none. */
  long prefill() {
    return firstToken == 0 ? 0 : firstToken - started;
  }

  /** From its first token to its last. */
  long decode() {
    return lastToken - firstToken;
  }

  /** It has ended. */
  void record(Generation.Timing timing, int tokens, String why) {
    if (request.shouldCommit()) {
      request.promptTokens = timing.promptTokens();
      request.reusedTokens = timing.reusedTokens();
      request.guessedTokens = timing.guessedTokens();
      request.tokens = tokens;
      request.finish = why;
      request.waited = started == 0 ? 0 : started - submitted;
      request.prefill = prefill();
      request.decode = decode();
      request.commit();
    }
  }
}
