package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A beam search while it runs; its texts are known when it has ended. */
public final class BeamGeneration {
  /**
   * A text that the search found.
   *
   * @param score Σ ln p / n^α over its n tokens, its stop token included
   */
  public record Ranked(Generation.Result result, double score) {
    /** The text of no tokens. */
    static Ranked nothing(int promptTokens) {
      Generation.Finish finish = Generation.Finish.LENGTH;
      return new Ranked(
          new Generation.Result(
              "", List.of(), finish, new Generation.Timing(promptTokens, 0, 0, 0, 0)),
          0);
    }
  }

  private final CompletableFuture<List<Ranked>> found = new CompletableFuture<>();
  private volatile boolean cancelled;

  /** Ends the search after the step that is running, with the best there is so far. */
  public void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  void done(List<Ranked> ranked) {
    found.complete(List.copyOf(ranked));
  }

  void failed(RuntimeException cause) {
    found.completeExceptionally(cause);
  }

  /**
   * Waits for the texts, the best first; as many as there are beams, or fewer where not so many can
   * be found.
   *
   * @throws PunaException if the model failed
   */
  public List<Ranked> await() {
    try {
      return found.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
      throw new PunaException("interrupted while waiting for a text", "ask again", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
  }
}
