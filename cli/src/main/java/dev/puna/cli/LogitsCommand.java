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
    description = "The model's raw scores after each token, as JSON; of an encoder, its rows.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna logits -m model.gguf --ids 1,15043,3186 --device reference",
      "  puna logits -m model.gguf --ids 1,15043,3186 --attention --lens 5 --layers 0,15",
      "  puna logits -m ./t5-small --ids 37,423,1 --decoder-ids 0"
    })
final class LogitsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOptions adapters;
  @Mixin private InsightOptions insight;

  @Option(names = "--ids", split = ",", required = true, paramLabel = "ID", description = "Tokens.")
  private int[] ids;

  @Option(
      names = "--decoder-ids",
      split = ",",
      paramLabel = "ID",
      description = "What the decoder has said, where --ids are the encoder's.")
  private int[] decoderIds = {};

  @Option(
      names = "--segments",
      split = ",",
      paramLabel = "N",
      description = "Which of a pair of texts each token belongs to: 0 or 1.")
  private int[] segments = {};

  @Option(names = "--hidden", description = "Add the raw output of each layer.")
  private boolean hidden;

  @Option(names = "--json", description = "JSON is the only form there is.")
  private boolean json;

  @Override
  public Integer call() {
    try (Checkpoint base = model.open();
        AdapterOptions.Opened opened = adapters.open()) {
      Checkpoint checkpoint = opened.on(base, false);
      Forward.Input input = new Forward.Input(ids, decoderIds, segments);
      Forward forward = Forward.of(checkpoint, input, model.options(), hidden);
      Map<String, Object> document = new LinkedHashMap<>();
      boolean scores = checkpoint.spec().head() instanceof dev.puna.model.Spec.Logits;
      document.put(scores ? "logits" : "rows", forward.output());
      if (hidden) {
        document.put("hidden", forward.hidden());
      }
      if (forward.pooled().length > 0) {
        document.put("pooled", forward.pooled());
      }
      if (forward.source().length > 0) {
        document.put("source", forward.source());
        if (hidden) {
          document.put("source_hidden", forward.sourceHidden());
        }
      }
      insight.add(document, checkpoint, input, model.options());
      Json.print(spec.commandLine().getOut(), document);
    }
    return 0;
  }
}
