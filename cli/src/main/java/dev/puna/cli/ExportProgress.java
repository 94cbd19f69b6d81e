package dev.puna.cli;

import java.nio.file.Path;
import java.util.function.ObjLongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A progress bar for a file that is written, on a terminal; nothing elsewhere. */
final class ExportProgress implements ObjLongConsumer<String>, AutoCloseable {
  private final @Nullable ProgressBar bar;

  /**
   * @param bytes to be written, about
   * @param quiet whether to show nothing anyway
   */
  ExportProgress(Path output, long bytes, boolean quiet) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    bar =
        terminal && !quiet
            ? new ProgressBarBuilder()
                .setTaskName(String.valueOf(output.getFileName()))
                .setInitialMax(bytes)
                .setUnit(" MiB", 1 << 20)
                .build()
            : null;
  }

  @Override
  public void accept(String tensor, long bytes) {
    if (bar != null) {
      bar.stepBy(bytes);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
