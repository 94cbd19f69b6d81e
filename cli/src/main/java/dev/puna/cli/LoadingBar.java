package dev.puna.cli;

import dev.puna.program.Loading;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A progress bar for loading that takes more than a second, on a terminal; nothing elsewhere. */
final class LoadingBar implements Loading, AutoCloseable {
  private static final long PATIENCE = 1_000_000_000;

  private final long begin = System.nanoTime();
  private boolean decided;
  private @Nullable ProgressBar bar;

  @Override
  public void progress(long bytes, long all) {
    if (!decided && System.nanoTime() - begin > PATIENCE) {
      decided = true; // only now: asking for a terminal takes its time
      bar =
          System.console() != null && System.console().isTerminal()
              ? new ProgressBarBuilder()
                  .setTaskName("loading")
                  .setInitialMax(all)
                  .setUnit(" MiB", 1 << 20)
                  .build()
              : null;
    }
    if (bar != null) {
      bar.stepTo(bytes);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
