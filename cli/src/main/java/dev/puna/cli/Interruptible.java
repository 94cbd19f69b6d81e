package dev.puna.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Lets Ctrl-C end what is being generated, as if it had ended by itself. */
final class Interruptible {
  private Interruptible() {}

  /**
   * @param cancel ends what {@code showing} shows, which then returns
   */
  static <T> T run(Runnable cancel, Supplier<T> showing) {
    CountDownLatch shown = new CountDownLatch(1);
    Thread interrupted = new Thread(() -> end(cancel, shown), "puna-interrupted");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      return showing.get();
    } finally {
      shown.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(interrupted);
      } catch (IllegalStateException e) {
        // the JVM is already on its way down: this is the interrupt
      }
    }
  }

  /** Runs while the JVM goes down, which waits until what there is has been shown. */
  private static void end(Runnable cancel, CountDownLatch shown) {
    cancel.run();
    try {
      shown.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
