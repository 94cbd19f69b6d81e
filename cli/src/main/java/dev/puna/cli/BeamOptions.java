package dev.puna.cli;

import dev.puna.engine.Beams;
import dev.puna.tensor.PunaException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A search for the likeliest text; a group of options that begins with --beams. */
final class BeamOptions {
  @Option(
      names = "--beams",
      required = true,
      paramLabel = "N",
      description =
          "Follow the N likeliest texts at once and print the best one when all is done; --json"
              + " lists all N. 1 is greedy decoding.")
  private int count;

  @Option(
      names = "--length-penalty",
      paramLabel = "A",
      description =
          "A text's score is its log-probability / its length^A: more is for long texts, less for"
              + " short ones. Default: 1.")
  private @Nullable Double lengthPenalty;

  @Option(
      names = "--early-stopping",
      paramLabel = "true|false|never",
      description =
          "When to end: true: when N texts have ended; false: when the best open one is no better"
              + " than those; never: when none can become better. Default: false.")
  private @Nullable String early;

  Beams beams() {
    Beams beams = Beams.of(count);
    beams = lengthPenalty != null ? beams.lengthPenalty(lengthPenalty) : beams;
    return early != null ? beams.early(early(early)) : beams;
  }

  private static Beams.EarlyStopping early(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "true" -> Beams.EarlyStopping.TRUE;
      case "false" -> Beams.EarlyStopping.FALSE;
      case "never" -> Beams.EarlyStopping.NEVER;
      default ->
          throw new PunaException("--early-stopping is " + word, "take true, false, or never");
    };
  }

  /**
   * What cannot go together with a search.
   *
   * @param drawing options given that are about drawing
   */
  void check(List<String> drawing, List<String> stops) {
    if (!drawing.isEmpty()) {
      throw new PunaException(
          "--beams searches for the likeliest text and does not draw, which %s is about"
              .formatted(String.join(", ", drawing)),
          "leave one of them out");
    }
    if (!stops.isEmpty()) {
      throw new PunaException(
          "--beams does not look for texts to --stop at", "name tokens with --stop-id");
    }
  }
}
