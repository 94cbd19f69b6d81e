package dev.puna.engine;

import dev.puna.engine.constraint.Matcher;
import dev.puna.tokenizer.Detokenizer;
import org.jspecify.annotations.Nullable;

/** From logits to text: draws a request's tokens, scores them, and hands over what they say. */
final class Speech {
  private final Request request;
  private final Generation generation;
  private final int[] ends;
  private final Sampler sampler;
  private final LogSoftmax scorer;
  private final @Nullable Detokenizer detokenizer;
  private final @Nullable Matcher matcher;
  private final StopStrings stopStrings;
  private final TextClock clock = new TextClock();

  /**
   * @param modelEnds the model's stop tokens
   * @param detokenizer null where the model has no tokenizer: then there is no text
   * @param matcher null where the text is not constrained
   */
  Speech(
      Request request,
      Generation generation,
      int[] modelEnds,
      @Nullable Detokenizer detokenizer,
      @Nullable Matcher matcher) {
    this.request = request;
    this.generation = generation;
    this.detokenizer = detokenizer;
    this.matcher = matcher;
    Stop stop = matcher == null ? request.stop() : request.stop().ignoreEos(false);
    ends = stop.ends(modelEnds); // a constraint says where a text may end
    sampler = new Sampler(request.sampling());
    scorer = new LogSoftmax(request.logProbs().top());
    stopStrings = new StopStrings(request.stop().strings());
  }

  void started() {
    clock.started();
  }

  /**
   * Draws the token that follows a text; -1 if it ends there.
   *
   * @param logits [V]; written
   * @param length how many of the tokens count
   * @param begun how many of them are the prompt
   * @param generated new tokens so far
   * @param left new tokens that there may still be
   */
  int draw(float[] logits, int[] tokens, int length, int begun, int generated, int left) {
    request.stop().forbid(logits, ends, generated);
    if (matcher != null) {
      matcher.mask(logits, left);
    }
    clock.draws();
    int token = sampler.next(logits, tokens, length, begun);
    clock.drawn(length, token);
    for (int end : ends) {
      if (end == token) {
        return -1;
      }
    }
    if (matcher != null) {
      matcher.accept(token);
    }
    return token;
  }

  /**
   * Hands a token over, and the text that it completes; returns whether nothing may follow it.
   *
   * @param output of its logits, as the model gave them
   */
  boolean say(int token, Outputs outputs, int output) {
    String piece = detokenizer == null ? "" : stopStrings.next(detokenizer.next(token));
    boolean scored = request.logProbs().wanted();
    generation.token(token, piece, scored ? score(outputs.row(output), token) : null);
    return stopStrings.found() || matcher != null && matcher.mustEnd();
  }

  void scorePrompt(float[] logits, int token) {
    generation.promptScore(score(logits, token));
  }

  private TokenScore score(float[] logits, int token) {
    scorer.read(logits, token);
    return new TokenScore(token, scorer.chosen().logProb(), scorer.top());
  }

  /** Notes that tokens were taken out of the text. */
  void slid(int dropped) {
    sampler.slid(dropped);
  }

  boolean overtime(long now) {
    return clock.waited(now) > request.stop().nanos();
  }

  void failed(RuntimeException cause, int generated) {
    generation.failed(cause);
    clock.record(generation.timing(), generated, "FAILED");
  }

  void finish(Generation.Finish reason, int generated) {
    String rest = "";
    if (detokenizer != null && !stopStrings.found()) {
      rest = stopStrings.next(detokenizer.finish()) + stopStrings.finish();
    }
    generation.done(rest, reason, clock.prefill() / 1e9, clock.decode() / 1e9);
    clock.record(generation.timing(), generated, reason.name());
  }
}
