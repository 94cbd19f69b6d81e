package dev.puna.cli;

import dev.puna.engine.Engine;
import dev.puna.engine.Options;
import dev.puna.engine.Perplexity;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna perplexity}: how well a model predicts a text. */
@Command(
    name = "perplexity",
    description = "How well a model predicts a text: exp of the mean -ln p of its tokens.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "The text is cut into windows of -c tokens, each read by itself; of each the tokens of its"
          + " second half are scored, which have at least half a window before them. Every window"
          + " begins with the model's beginning-of-text token.",
      "",
      "Examples:",
      "  puna perplexity -m model.gguf -f wiki.test.raw",
      "  puna perplexity -m model.gguf -f text.txt -c 2048 --lora ./adapter --json"
    })
final class PerplexityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOptions adapters;

  @Option(
      names = {"-f", "--file"},
      required = true,
      paramLabel = "FILE",
      description = "The text (UTF-8).")
  private Path file;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens of a window. Default: ${DEFAULT-VALUE}.")
  private int context;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    Restart.before(file);
    String text = PromptOptions.read(file);
    try (AdapterOptions.Opened opened = adapters.open()) {
      Checkpoint checkpoint = opened.on(model.open(), false);
      Options options = model.options().context(window());
      try (Engine engine = ModelOptions.engine(checkpoint, options, spec.commandLine().getErr())) {
        print(Perplexity.of(engine, text, context));
      }
    }
    return 0;
  }

  private int window() {
    if (context < 4) {
      throw new PunaException("-c is " + context, "a window has 4 tokens or more");
    }
    return context;
  }

  private void print(Perplexity found) {
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("perplexity", found.value());
      document.put("tokens", found.tokens());
      document.put("standard_error", found.standardError());
      document.put("windows", found.windows());
      Json.print(spec.commandLine().getOut(), document);
      return;
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "perplexity %.4f ± %.4f over %d tokens in %d windows of %d%n",
            found.value(),
            found.standardError(),
            found.tokens(),
            found.windows(),
            context);
  }
}
