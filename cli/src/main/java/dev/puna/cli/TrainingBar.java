package dev.puna.cli;

import dev.puna.tokenizer.train.TrainingProgress;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** A progress bar for each step of training, on a terminal; nothing elsewhere. */
final class TrainingBar implements TrainingProgress, AutoCloseable {
  private final boolean shown;
  private String step = "";
  private @Nullable ProgressBar bar;

  /**
   * @param quiet whether to show nothing anyway
   */
  TrainingBar(boolean quiet) {
    shown = !quiet && System.console() != null && System.console().isTerminal();
  }

  @Override
  public void at(String nextStep, long done, long total) {
    if (!shown) {
      return;
    }
    if (bar == null || !step.equals(nextStep)) {
      close();
      bar = new ProgressBarBuilder().setTaskName(nextStep).setInitialMax(total).build();
      step = nextStep;
    }
    bar.stepTo(done);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
