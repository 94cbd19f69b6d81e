package dev.puna.cli;

import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Pooling;
import dev.puna.model.Checkpoint;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna embed}: the vector of a text. */
@Command(
    name = "embed",
    description = "The vector of a text, of length 1.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna embed -m ./bge-small-en-v1.5 -p \"a text\"",
      "  puna embed -m ./all-MiniLM-L6-v2 --ids 101,1037,3793,102 --pooling mean --json"
    })
final class EmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  private static final class Text {
    @Option(
        names = {"-p", "--prompt"},
        required = true,
        description = "The text.")
    private @Nullable String text;

    @Option(names = "--ids", split = ",", required = true, description = "The text as token ids.")
    private int @Nullable [] ids;
  }

  @ArgGroup(multiplicity = "1")
  private Text text;

  @Option(
      names = "--pooling",
      description =
          "Which rows make the vector: ${COMPLETION-CANDIDATES}. Default: what the checkpoint says,"
              + " else mean of an encoder's and last of a decoder's.")
  private @Nullable Pooling pooling;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    try (Checkpoint checkpoint = model.open()) {
      int[] ids =
          text.ids != null ? text.ids : Engine.encode(checkpoint, String.valueOf(text.text));
      float[][] rows = Forward.rows(checkpoint, ids, model.options());
      float[] vector = (pooling != null ? pooling : Pooling.of(checkpoint)).vector(rows);
      if (json) {
        Json.print(spec.commandLine().getOut(), new LinkedHashMap<>(Map.of("embedding", vector)));
      } else {
        spec.commandLine().getOut().println(Arrays.toString(vector));
      }
    }
    return 0;
  }
}
