package dev.puna.cli;

import dev.puna.program.MissingModule;
import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code puna}: the commands, and what becomes of their failures. */
@Command(
    name = "puna",
    description = "Run and look into LLaMA-family language models on the JVM.",
    version = "puna 0.1.0",
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  private static final SequencedMap<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("run", RunCommand::new);
    COMMANDS.put("chat", ChatCommand::new);
    COMMANDS.put("tokenize", TokenizeCommand::new);
    COMMANDS.put("train-tokenizer", TrainTokenizerCommand::new);
    COMMANDS.put("logits", LogitsCommand::new);
    COMMANDS.put("embed", EmbedCommand::new);
    COMMANDS.put("inspect", InspectCommand::new);
    COMMANDS.put("plan", PlanCommand::new);
    COMMANDS.put("convert", ConvertCommand::new);
    COMMANDS.put("quantize", QuantizeCommand::new);
    COMMANDS.put("pull", PullCommand::new);
    COMMANDS.put("bench", BenchCommand::new);
    COMMANDS.put("perplexity", PerplexityCommand::new);
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where a failure comes from.")
  private boolean debug;

  private Main() {}

  public static void main(String[] args) {
    // JLine would ask the terminal what it can do, lose what is typed meanwhile, and wait if
    // nothing
    // answers.
    System.setProperty("org.jline.terminal.graphemeCluster", "false");
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = run(out, err, args);
    out.flush();
    System.exit(status);
  }

  /** Runs one command line: 0 success, 1 the work failed, 2 wrong usage. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    return main.commandLine(args)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false) // a prompt may begin with @
        .setExecutionExceptionHandler((e, command, parsed) -> main.failed(e, err, args))
        .setExecutionStrategy(parsed -> main.execute(parsed, err, args))
        .execute(args);
  }

  /**
   * With the command that is named, or all of them if none is: picocli looks into each by
   * reflection, which for all takes longer than to open a small model.
   */
  private CommandLine commandLine(String... args) {
    CommandLine line = new CommandLine(this);
    String first = Arrays.stream(args).filter(arg -> !arg.equals("--debug")).findFirst().orElse("");
    Supplier<Object> named = COMMANDS.get(first);
    if (named != null) {
      return line.addSubcommand(first, named.get());
    }
    COMMANDS.forEach((name, command) -> line.addSubcommand(name, command.get()));
    return line;
  }

  /** Errors are no exceptions to picocli: a lack of memory still deserves one line. */
  private int execute(CommandLine.ParseResult parsed, PrintWriter err, String... args) {
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (OutOfMemoryError | StackOverflowError | InternalError e) {
      return failed(e, err, args);
    }
  }

  private int failed(Throwable e, PrintWriter err, String... args) {
    Throwable cause =
        e instanceof CommandLine.ExecutionException x && x.getCause() != null ? x.getCause() : e;
    if (cause instanceof MissingModule missing) {
      Restart.with(missing, args);
    }
    if (debug) {
      cause.printStackTrace(err);
    }
    err.println("puna: " + describe(cause));
    err.flush();
    return 1;
  }

  private static String describe(Throwable cause) {
    return switch (cause) {
      case PunaException e -> String.valueOf(e.getMessage());
      case OutOfMemoryError e ->
          "out of memory: give the JVM more (PUNA_OPTS=-Xmx8g), or take a smaller model";
      case InternalError e when String.valueOf(e.getMessage()).contains("memory access") ->
          "a file changed or became unreadable while it was mapped: run the command again";
      default ->
          cause
              + ": this is a defect in puna; --debug shows where it comes from".replace('\n', ' ');
    };
  }

  /** Without a command there is nothing to do but to explain. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
