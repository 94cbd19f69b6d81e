package dev.puna.cli;

import dev.puna.engine.ContextEnd;
import dev.puna.engine.Stop;
import dev.puna.tensor.PunaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What ends a text. */
final class StopOptions {
  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> strings = new ArrayList<>();

  @Option(
      names = "--stop-id",
      split = ",",
      paramLabel = "ID",
      description = "End before this token, as before the model's end-of-text tokens.")
  private Set<Integer> ids = new LinkedHashSet<>();

  @Option(
      names = "--min-tokens",
      paramLabel = "N",
      description = "No token ends the text before N tokens.")
  private int atLeast;

  @Option(names = "--ignore-eos", description = "Go on past the model's end-of-text tokens.")
  private boolean ignoreEos;

  @Option(
      names = "--time",
      paramLabel = "SECONDS",
      description = "End the text after so long, wherever it is.")
  private @Nullable Double seconds;

  @Option(
      names = "--at-context-end",
      paramLabel = "stop|error|slide[=N]",
      description =
          "What a text does that reaches the end of the context (-c): it stops; fails; or drops its"
              + " middle and goes on, of which the first N tokens stay. Default: stop.")
  private String contextEnd = "stop";

  /**
   * @param tokens most tokens
   */
  Stop stop(int tokens) {
    return new Stop(tokens, strings, ignoreEos, ids, atLeast, time());
  }

  private @Nullable Duration time() {
    if (seconds == null) {
      return null;
    }
    if (!(seconds >= 0 && seconds < 1e9)) {
      throw new PunaException("--time is " + seconds, "give seconds, 0 or more");
    }
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  List<String> strings() {
    return strings;
  }

  ContextEnd contextEnd() {
    if (contextEnd.startsWith("slide=")) {
      try {
        return new ContextEnd.Slide(Integer.parseInt(contextEnd.substring("slide=".length())));
      } catch (NumberFormatException e) {
        throw new PunaException(
            "--at-context-end is " + contextEnd, "give a number of tokens, as in slide=100", e);
      }
    }
    return switch (contextEnd) {
      case "stop" -> ContextEnd.STOP;
      case "error" -> ContextEnd.ERROR;
      case "slide" -> new ContextEnd.Slide(0);
      default ->
          throw new PunaException(
              "--at-context-end is " + contextEnd, "take stop, error, slide, or slide=N");
    };
  }
}
