package dev.puna.cli;

import dev.puna.engine.Speculation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are guessed ahead; one of these options. */
final class SpeculationOptions {
  private static final int NGRAM = 3;

  @Option(
      names = "--draft",
      paramLabel = "MODEL",
      description =
          "A smaller model of the same vocabulary guesses what follows. The text stays as"
              + " it is, greedy or drawn.")
  private @Nullable String draft;

  @Option(
      names = "--lookup",
      description =
          "Guess that what followed the last tokens before follows them again: for texts"
              + " that repeat their prompt.")
  private boolean lookup;

  @Option(
      names = "--guesses",
      paramLabel = "N",
      defaultValue = "4",
      description = "Tokens that are guessed at once. Default: ${DEFAULT-VALUE}.")
  private int guesses;

  Speculation speculation() {
    if (draft != null) {
      return new Speculation.Draft(Bundled.resolve(draft), guesses);
    }
    return lookup ? new Speculation.Lookup(NGRAM, guesses) : Speculation.NONE;
  }
}
