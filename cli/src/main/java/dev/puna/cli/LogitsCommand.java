package dev.puna.cli;

import dev.puna.engine.Forward;
import dev.puna.model.Checkpoint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna logits}: raw scores at every position. */
@Command(
    name = "logits",
    description = "The model's raw scores after each token, as JSON.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  puna logits -m model.gguf --ids 1,15043,3186 --device reference"})
final class LogitsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(names = "--ids", split = ",", required = true, paramLabel = "ID", description = "Tokens.")
  private int[] ids;

  @Option(names = "--hidden", description = "Add the raw output of each layer.")
  private boolean hidden;

  @Option(names = "--json", description = "JSON is the only form there is.")
  private boolean json;

  @Override
  public Integer call() {
    try (Checkpoint checkpoint = model.open()) {
      Forward forward = Forward.of(checkpoint, ids, model.options(), hidden);
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("logits", forward.logits());
      if (hidden) {
        document.put("hidden", forward.hidden());
      }
      Json.print(spec.commandLine().getOut(), document);
    }
    return 0;
  }
}
