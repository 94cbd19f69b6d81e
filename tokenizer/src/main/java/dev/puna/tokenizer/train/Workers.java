package dev.puna.tokenizer.train;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Threads that share work in parts. */
final class Workers implements AutoCloseable {
  /** Does a part of the work; {@code state} is the thread's own. */
  interface Part<S> {
    void run(S state, int from, int to);
  }

  private static final int PART = 512;

  private final int threads;
  private final ExecutorService executor;

  Workers(int threads) {
    this.threads = threads;
    executor =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("training-", 0).factory());
  }

  void submit(Runnable task) {
    executor.execute(task);
  }

  /**
   * Does work over {@code 0 .. count} in parts; which thread takes which part is left to chance.
   *
   * @param states makes what each thread gathers
   * @return the states of all threads
   */
  <S> List<S> run(int count, Supplier<S> states, Part<S> part) {
    AtomicInteger next = new AtomicInteger();
    int parts = (count + PART - 1) / PART;
    List<Future<S>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      S state = states.get();
      running.add(
          executor.submit(
              () -> {
                for (int p; (p = next.getAndIncrement()) < parts; ) {
                  part.run(state, p * PART, Math.min(count, (p + 1) * PART));
                }
                return state;
              }));
    }
    return running.stream().map(Workers::result).toList();
  }

  private static <S> S result(Future<S> running) {
    try {
      return running.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while training", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
