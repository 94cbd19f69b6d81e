package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    /** The model ended it, or a stop string did, or nothing more fits its constraint. */
    STOP,
    /** The most tokens, or the end of the context, was reached. */
    LENGTH,
    /** Its time was over. */
    TIME,
    CANCELLED
  }

  /**
   * How long a text took.
   *
   * @param promptTokens length of the prompt
   * @param reusedTokens how many of them did not have to be computed
   * @param guessedTokens how many of the new tokens had been guessed ({@link Speculation})
   * @param prefillSeconds from the prompt's first step to its first new token
   * @param decodeSeconds from the first new token to the last one
   */
  public record Timing(
      int promptTokens,
      int reusedTokens,
      int guessedTokens,
      double prefillSeconds,
      double decodeSeconds) {}

  /**
   * A whole generation.
   *
   * @param tokens ids, without the stop token
   * @param scores of the tokens, where they were asked for
   * @param promptScores of the prompt's tokens from the second one on, where they were asked for
   */
  public record Result(
      String text,
      List<Integer> tokens,
      Finish finish,
      Timing timing,
      List<TokenScore> scores,
      List<TokenScore> promptScores) {
    public Result {
      tokens = List.copyOf(tokens);
      scores = List.copyOf(scores);
      promptScores = List.copyOf(promptScores);
    }

    Result(String text, List<Integer> tokens, Finish finish, Timing timing) {
      this(text, tokens, finish, timing, List.of(), List.of());
    }

    /** Length of the prompt. */
    public int promptTokens() {
      return timing.promptTokens;
    }

    /** Prompt tokens computed per second; 0 if there was nothing to measure. */
    public double prefillSpeed() {
      int computed = timing.promptTokens - timing.reusedTokens;
      return timing.prefillSeconds > 0 ? computed / timing.prefillSeconds : 0;
    }

    /** New tokens per second after the first; 0 if there was nothing to measure. */
    public double decodeSpeed() {
      return timing.decodeSeconds > 0 && tokens.size() > 1
          ? (tokens.size() - 1) / timing.decodeSeconds
          : 0;
    }
  }

  private final int promptTokens;
  private volatile boolean cancelled;

  // guarded by this; filled by the engine's thread, which allocates nothing else for a token
  private int[] tokens;
  private int[] textEnds; // of each token, the length of the text with it
  private int count;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private final List<TokenScore> promptScores = new ArrayList<>();
  private int reused;
  private int guessed;
  private @Nullable Finish finish;
  private @Nullable Timing timing;
  private @Nullable RuntimeException failure;
  private @Nullable Consumer<Generation> atEnd;

  Generation(int promptTokens) {
    this(promptTokens, 0);
  }

  /**
   * @param room tokens that it has room for from the beginning
   */
  Generation(int promptTokens, int room) {
    this.promptTokens = promptTokens;
    tokens = new int[room];
    textEnds = new int[room];
  }

  /** Ends the text after the step that is running. */
  public void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  // ---- by the engine's thread ----

  synchronized void token(int id, String piece, @Nullable TokenScore score) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * count + 16);
      textEnds = Arrays.copyOf(textEnds, tokens.length);
    }
    text.append(piece);
    tokens[count] = id;
    textEnds[count++] = text.length();
    if (score != null) {
      scores.add(score);
    }
    notifyAll();
  }

  synchronized void promptScore(TokenScore score) {
    promptScores.add(score);
  }

  /** Notes how much of the prompt did not have to be computed. */
  synchronized void reused(int tokens) {
    reused = Math.max(reused, tokens);
  }

  /** Notes that the latest token had been guessed. */
  synchronized void guessed() {
    guessed++;
  }

  synchronized void done(String rest, Finish reason, double prefillSeconds, double decodeSeconds) {
    text.append(rest);
    timing = new Timing(promptTokens, reused, guessed, prefillSeconds, decodeSeconds);
    finish = reason;
    if (atEnd != null) {
      atEnd.accept(this); // before anyone sees that it has ended
    }
    notifyAll();
  }

  synchronized void failed(RuntimeException cause) {
    failure = cause;
    notifyAll();
  }

  /** What to do at the end, on the engine's thread; at once if it has ended. */
  synchronized void atEnd(Consumer<Generation> then) {
    atEnd = then;
    if (finish != null) {
      then.accept(this);
    }
  }

  /** How long it took; so far, if it has not ended. */
  synchronized Timing timing() {
    return timing != null ? timing : new Timing(promptTokens, reused, guessed, 0, 0);
  }

  synchronized boolean ended() {
    return finish != null || failure != null;
  }

  /** The text so far. */
  synchronized String textSoFar() {
    return text.toString();
  }

  // ---- by its owner ----

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
    int shown = 0;
    int shownText = 0;
    while (true) {
      int id;
      String piece;
      synchronized (this) {
        awaitMoreThan(shown);
        if (failure != null && shown == count) {
          throw failure;
        }
        boolean rest = shown == count;
        id = rest ? -1 : tokens[shown];
        int end = rest ? text.length() : textEnds[shown];
        piece = text.substring(shownText, end);
        shownText = end;
      }
      if (id >= 0) {
        shown++;
        ids.accept(id);
      }
      if (!piece.isEmpty()) {
        pieces.accept(piece);
      }
      if (id < 0) {
        return result();
      }
    }
  }

  /** Waits until there are more tokens than that, or no more to come. */
  private void awaitMoreThan(int shown) {
    while (count == shown && finish == null && failure == null) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        cancel();
        throw new PunaException("interrupted while waiting for a text", "ask again", e);
      }
    }
  }

  private synchronized Result result() {
    if (finish == null || timing == null) {
      throw new IllegalStateException("the text has not ended");
    }
    List<Integer> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(tokens[i]);
    }
    return new Result(text.toString(), ids, finish, timing, scores, promptScores);
  }
}
