package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A text while it is being generated: tokens arrive on it from the engine's thread, its owner takes
 * them off. Owned by one thread; {@link #cancel} may be called by any.
 */
public final class Generation {
  /** Why a text ended. */
  public enum Finish {
    /** The model ended it, or a stop string did. */
    STOP,
    /** The most tokens, or the end of the context, was reached. */
    LENGTH,
    CANCELLED
  }

  /**
   * A whole generation.
   *
   * @param tokens ids, without the stop token
   * @param promptTokens length of the prompt
   * @param prefillSeconds from the prompt's first step to its first new token
   * @param decodeSeconds from the first new token to the last one
   */
  public record Result(
      String text,
      List<Integer> tokens,
      Finish finish,
      int promptTokens,
      double prefillSeconds,
      double decodeSeconds) {
    /** Prompt tokens per second; 0 if there was nothing to measure. */
    public double prefillSpeed() {
      return prefillSeconds > 0 ? promptTokens / prefillSeconds : 0;
    }

    /** New tokens per second after the first; 0 if there was nothing to measure. */
    public double decodeSpeed() {
      return decodeSeconds > 0 && tokens.size() > 1 ? (tokens.size() - 1) / decodeSeconds : 0;
    }
  }

  private sealed interface Event {
    record Token(int id, String text) implements Event {}

    record Done(String text, Finish finish, double prefillSeconds, double decodeSeconds)
        implements Event {}

    record Failed(RuntimeException cause) implements Event {}
  }

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final int promptTokens;
  private volatile boolean cancelled;

  Generation(int promptTokens) {
    this.promptTokens = promptTokens;
  }

  /** Ends the text after the step that is running. */
  public void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  void token(int id, String text) {
    events.add(new Event.Token(id, text));
  }

  void done(String text, Finish finish, double prefillSeconds, double decodeSeconds) {
    events.add(new Event.Done(text, finish, prefillSeconds, decodeSeconds));
  }

  void failed(RuntimeException cause) {
    events.add(new Event.Failed(cause));
  }

  /** Waits for the whole text. */
  public Result await() {
    return stream(piece -> {});
  }

  /**
   * Hands over pieces of text as they come, whole characters only, and returns when the text is
   * complete.
   *
   * @throws PunaException if the model failed
   */
  public Result stream(Consumer<String> pieces) {
    return stream(pieces, id -> {});
  }

  /**
   * The same, with each token's id as it comes, before the text that it completes, if any.
   *
   * @throws PunaException if the model failed
   */
  public Result stream(Consumer<String> pieces, IntConsumer ids) {
    StringBuilder text = new StringBuilder();
    List<Integer> tokens = new ArrayList<>();
    while (true) {
      switch (take()) {
        case Event.Token t -> {
          tokens.add(t.id());
          ids.accept(t.id());
          emit(t.text(), text, pieces);
        }
        case Event.Done d -> {
          emit(d.text(), text, pieces);
          return new Result(
              text.toString(),
              List.copyOf(tokens),
              d.finish(),
              promptTokens,
              d.prefillSeconds(),
              d.decodeSeconds());
        }
        case Event.Failed f -> throw f.cause();
      }
    }
  }

  private static void emit(@Nullable String piece, StringBuilder text, Consumer<String> pieces) {
    if (piece != null && !piece.isEmpty()) {
      text.append(piece);
      pieces.accept(piece);
    }
  }

  private Event take() {
    try {
      return events.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
      throw new PunaException("interrupted while waiting for a text", "ask again", e);
    }
  }
}
