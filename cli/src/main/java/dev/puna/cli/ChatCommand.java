package dev.puna.cli;

import dev.puna.engine.Chat;
import dev.puna.engine.Engine;
import dev.puna.engine.Options;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.model.Checkpoint;
import dev.puna.model.hub.ModelCache;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna chat}: a conversation in the terminal. */
@Command(
    name = "chat",
    description =
        "Talk with a model; /help lists what else can be done. Lines may also come from a"
            + " pipe.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna chat -m model.gguf",
      "  puna chat -m ./Llama-2-7b-chat-hf --system \"You are terse.\" --temp 0.7",
      "  printf 'Hello\\n/save chat.json\\n' | puna chat -m model.gguf"
    })
final class ChatCommand implements Callable<Integer> {
  /** Tokens of a conversation, unless the model has fewer or others are wanted. */
  private static final int DEFAULT_CONTEXT = 8192;

  /** What a model that was not made to talk is given: it goes on with what was said. */
  private static final String GO_ON =
      "{% for m in messages %}{{ m.content }}{% if not loop.last %}\n{% endif %}{% endfor %}";

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOptions adapters;
  @Mixin private ChatOptions chatOptions;
  @Mixin private SamplingOptions samplingOptions;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "Tell the model who it is, before anything is said.")
  private @Nullable String system;

  @Option(
      names = {"-n", "--tokens"},
      paramLabel = "N",
      description = "Most tokens of an answer. Default: as many as the context has room for.")
  private @Nullable Integer tokens;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      description = "Most tokens of the conversation. Default: the model's, at most 8192.")
  private @Nullable Integer context;

  @Mixin private StopOptions stopOptions;
  @Mixin private SpeculationOptions speculationOptions;

  @Option(
      names = "--no-history",
      description = "Keep what is typed in no file for the next conversation.")
  private boolean noHistory;

  @Option(names = "--verbose", description = "Show the speed of each answer on standard error.")
  private boolean verbose;

  @Override
  public Integer call() {
    check("-n", tokens);
    check("-c", context);
    try (AdapterOptions.Opened opened = adapters.open()) {
      Checkpoint checkpoint = opened.on(model.open(), false);
      ChatTemplate template;
      Sampling sampling;
      try {
        template = template(checkpoint);
        sampling = samplingOptions.sampling(checkpoint);
      } catch (RuntimeException e) {
        checkpoint.close();
        throw e;
      }
      int most = context != null ? context : Math.min(DEFAULT_CONTEXT, checkpoint.spec().context());
      Options options =
          model.options().context(most).parallel(1).speculation(speculationOptions.speculation());
      PrintWriter err = spec.commandLine().getErr();
      try (Engine engine = ModelOptions.engine(checkpoint, options, err)) {
        Stop stop = stopOptions.stop(tokens != null ? tokens : Integer.MAX_VALUE);
        Chat chat =
            engine
                .chat(template)
                .sampling(sampling)
                .stop(stop)
                .contextEnd(stopOptions.contextEnd());
        return talk(new EngineDialogue(chat), engine);
      }
    }
  }

  private static void check(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new PunaException(option + " is " + value, "it must be 1 or more");
    }
  }

  /** The one that is asked for, or the model's; the bundled model, which has none, tells on. */
  private ChatTemplate template(Checkpoint checkpoint) {
    return chatOptions.template(
        checkpoint.path(),
        () -> {
          Optional<ChatTemplate> own = checkpoint.conventions().chatTemplate(false);
          return own.isEmpty() && Bundled.is(model.model)
              ? Optional.of(ChatTemplate.compile("the bundled model", GO_ON))
              : own;
        });
  }

  private int talk(Dialogue dialogue, Engine engine) {
    if (system != null) {
      dialogue.system(system);
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (ChatTerminal terminal = terminal()) {
      if (terminal.interactive()) {
        err.printf(
            "%s on %s: /help lists commands, Ctrl-D ends%n",
            engine.checkpoint().path().getFileName(), engine.device());
      }
      return new ChatLoop(terminal, dialogue, out, err, verbose).run();
    }
  }

  private ChatTerminal terminal() {
    if (System.console() != null && System.console().isTerminal()) {
      try {
        Path history = ModelCache.standard().folder().resolve("chat-history");
        String noColor = System.getenv("NO_COLOR");
        return new EditedLines(
            TerminalBuilder.builder().system(true).dumb(false).build(),
            ChatLoop.COMMANDS,
            noHistory ? null : history,
            noColor == null || noColor.isEmpty());
      } catch (IOException | IllegalStateException e) {
        // a terminal that cannot be edited on: lines are taken as they come
      }
    }
    return new PlainLines(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }
}
