package dev.puna.cli;

import dev.puna.engine.Memory;
import dev.puna.formats.Config;
import dev.puna.model.Checkpoint;
import dev.puna.model.Plan;
import dev.puna.model.Presets;
import dev.puna.model.Quantity;
import dev.puna.model.Spec;
import dev.puna.program.Program;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code puna plan}: memory before anything is loaded. */
@Command(
    name = "plan",
    description = "Count the memory of running or training a model, without its weights.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna plan --preset llama2-7b --weights Q4_0 --context 4096",
      "  puna plan --preset baichuan-7b --weights F32 --train full",
      "  puna plan ./Llama-2-7b-hf --train lora --batch 4",
      "",
      "Presets:"
    })
final class PlanCommand implements Callable<Integer> {
  /** What is trained, on the command line. */
  enum Trained {
    FULL,
    LORA,
    QLORA
  }

  @picocli.CommandLine.Spec private CommandSpec command;

  /** The presets end the help: they are data, which no annotation can list. */
  @picocli.CommandLine.Spec
  private void listPresets(CommandSpec described) {
    String[] footer = described.usageMessage().footer();
    described
        .usageMessage()
        .footer(
            Stream.concat(Stream.of(footer), PresetList.lines().stream()).toArray(String[]::new));
  }

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "A model, as for -m of run, a config.json by itself, or a well-known one by its name.")
  private @Nullable String model;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "The same.")
  private @Nullable String modelOption;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A well-known model instead, of those listed below.")
  private @Nullable String preset;

  @Option(
      names = "--weights",
      description =
          "How matrices are stored: ${COMPLETION-CANDIDATES}. Default: as in the file, or"
              + " F16; when training, F32; for qlora, Q4_0.")
  private @Nullable DType type;

  @Option(
      names = {"-c", "--context"},
      description = "Tokens of a sequence. Default: what the model was trained for.")
  private @Nullable Integer context;

  @Option(names = "--batch", defaultValue = "1", description = "Sequences at once.")
  private int batch;

  @Option(
      names = "--kv-type",
      defaultValue = "F32",
      description = "How keys and values are kept. Default: ${DEFAULT-VALUE}.")
  private DType kvType;

  @Option(names = "--train", description = "Plan training instead: full, lora or qlora.")
  private @Nullable Trained train;

  @Option(names = "--rank", defaultValue = "8", description = "Rank of LoRA updates.")
  private int rank;

  @Option(
      names = "--optimizer",
      defaultValue = "ADAMW",
      description = "adamw (two moments), momentum (one), sgd. Default: ${DEFAULT-VALUE}.")
  private Plan.Optimizer optimizer;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  /** What is planned for. */
  private record Subject(
      String name, Spec spec, List<Program> programs, Function<Weight, DType> stored) {}

  @Override
  public Integer call() {
    String given = model != null ? model : modelOption;
    if (given != null && preset != null) {
      throw new PunaException("both a model and a preset are given", "choose one");
    }
    String known = preset != null ? preset : Bundled.preset(given);
    if (known != null) {
      report(
          new Subject(known, Presets.spec(known), Presets.programs(known), Plan.stored(DType.F16)));
      return 0;
    }
    Path path = Bundled.resolve(given);
    try (Checkpoint checkpoint = Checkpoint.open(path, null)) {
      report(
          new Subject(
              path.toString(), checkpoint.spec(), checkpoint.programs(), storedTypes(checkpoint)));
    }
    return 0;
  }

  private static Function<Weight, DType> storedTypes(Checkpoint checkpoint) {
    if (checkpoint.hasWeights()) {
      return checkpoint::type;
    }
    Config config = checkpoint.config();
    String name = config.text("dtype", config.text("torch_dtype", "float16"));
    return switch (Objects.requireNonNullElse(name, "float16")) {
      case "float32" -> w -> DType.F32;
      case "bfloat16" -> w -> DType.BF16;
      default -> w -> DType.F16;
    };
  }

  private void report(Subject subject) {
    int tokens = positive("--context", context == null ? subject.spec.context() : context);
    positive("--batch", batch);
    positive("--rank", rank);
    Plan plan;
    try {
      plan = plan(subject, tokens);
    } catch (ArithmeticException e) {
      throw new PunaException(
          "%d sequences of %d tokens are more than can be counted".formatted(batch, tokens),
          "plan for fewer",
          e);
    }
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      Json.print(out, document(subject, plan, tokens));
    } else {
      print(subject, plan, tokens, out);
    }
    out.flush();
  }

  private static int positive(String option, int value) {
    if (value < 1) {
      throw new PunaException(option + " is " + value, "it must be at least 1");
    }
    return value;
  }

  private Plan plan(Subject subject, int tokens) {
    if (train == null) {
      Function<Weight, DType> types = type == null ? subject.stored : Plan.stored(type);
      return Plan.inference(subject.programs, types, tokens, batch, 512, kvType);
    }
    DType usual = train == Trained.QLORA ? DType.Q4_0 : DType.F32;
    Function<Weight, DType> types = Plan.stored(type == null ? usual : type);
    Plan.Training training =
        train == Trained.FULL ? new Plan.Training.Full() : new Plan.Training.Lora(rank);
    return Plan.training(subject.programs, types, tokens, batch, training, optimizer);
  }

  private Map<String, Object> document(Subject subject, Plan plan, int tokens) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("model", subject.name);
    document.put("parameters", plan.parameters());
    document.put("active_parameters", plan.count().active());
    document.put("context", tokens);
    document.put("batch", batch);
    document.put("weights_by_type", plan.weights());
    Map<String, Object> bytes = new LinkedHashMap<>();
    plan.parts().forEach((part, size) -> bytes.put(part.name().toLowerCase(Locale.ROOT), size));
    document.put("bytes", bytes);
    document.put("total_bytes", plan.total());
    document.put("available_bytes", Memory.available());
    document.put("fits", plan.total() <= Memory.available());
    return document;
  }

  private void print(Subject subject, Plan plan, int tokens, PrintWriter out) {
    String active =
        plan.count().isSparse()
            ? ", %,d of them active for a token".formatted(plan.count().active())
            : "";
    out.printf("%s: %,d parameters%s%n", subject.name, plan.parameters(), active);
    out.printf("%s, %d x %,d tokens%n%n", purpose(), batch, tokens);
    plan.weights().forEach((t, size) -> line(out, "weights in " + t.name(), size));
    plan.parts()
        .forEach(
            (part, size) -> {
              if (part != Plan.Part.WEIGHTS && size > 0) {
                line(out, part.name().toLowerCase(Locale.ROOT).replace('_', ' '), size);
              }
            });
    line(out, "total", plan.total());
    long available = Memory.available();
    line(out, "available here", available);
    out.println(plan.total() <= available ? "It fits." : "It does not fit into this machine.");
  }

  private String purpose() {
    return train == null
        ? "inference"
        : train.name().toLowerCase(Locale.ROOT)
            + " training in single precision, "
            + optimizer.name().toLowerCase(Locale.ROOT);
  }

  private static void line(PrintWriter out, String name, long bytes) {
    out.printf(
        Locale.ROOT,
        "  %-20s %18s bytes  %12s%n",
        name,
        String.format(Locale.ROOT, "%,d", bytes),
        Quantity.bytes(bytes));
  }
}
