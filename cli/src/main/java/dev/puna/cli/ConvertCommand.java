package dev.puna.cli;

import dev.puna.model.Checkpoint;
import dev.puna.model.GgufExport;
import dev.puna.model.Plan;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna convert}: any readable checkpoint to GGUF. */
@Command(
    name = "convert",
    description = "Write a checkpoint as a GGUF file.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  puna convert ./Llama-2-7b-hf llama-2-7b.gguf --type Q8_0"})
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "A model, as for -m.")
  private String input;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .gguf file to write.")
  private Path output;

  @Option(
      names = "--type",
      defaultValue = "F16",
      description =
          "How matrices are stored: ${COMPLETION-CANDIDATES}. Vectors stay F32; rows that"
              + " the type's blocks do not divide become F16. Default: ${DEFAULT-VALUE}.")
  private DType type;

  @Option(names = "--tokenizer", paramLabel = "FILE", description = "A tokenizer's file.")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (!output.toString().endsWith(".gguf")) {
      throw new PunaException(
          output + " does not end in .gguf", "GGUF is the only format written so far");
    }
    Path in = Bundled.resolve(input);
    if (Files.exists(output) && Files.isSameFile(in, output)) {
      throw new PunaException(output + " is the input as well", "choose another name");
    }
    try (Checkpoint checkpoint = Checkpoint.open(in, tokenizer)) {
      Function<Weight, DType> typeOf = Plan.stored(type);
      List<String> fallen =
          checkpoint.program().weights().stream()
              .filter(w -> w.rows() > 1 && typeOf.apply(w) != type)
              .map(Weight::name)
              .toList();
      Plan plan = Plan.inference(checkpoint.program(), typeOf, 1, 1, 1, DType.F32);
      write(checkpoint, typeOf, plan.bytes(Plan.Part.WEIGHTS));
      report(checkpoint, fallen);
    }
    return 0;
  }

  private void write(Checkpoint checkpoint, Function<Weight, DType> typeOf, long bytes) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    if (!terminal || json) {
      GgufExport.write(checkpoint, output, type, typeOf, (name, size) -> {});
      return;
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(String.valueOf(output.getFileName()))
            .setInitialMax(bytes)
            .setUnit(" MiB", 1 << 20)
            .build()) {
      GgufExport.write(checkpoint, output, type, typeOf, (name, size) -> bar.stepBy(size));
    }
  }

  private void report(Checkpoint checkpoint, List<String> fallen) throws IOException {
    long size = Files.size(output);
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("output", output.toString());
      document.put("bytes", size);
      document.put("type", type);
      document.put("parameters", checkpoint.program().parameters());
      document.put("stored_as_f16", fallen);
      Json.print(spec.commandLine().getOut(), document);
      return;
    }
    if (!fallen.isEmpty()) {
      spec.commandLine()
          .getErr()
          .printf(
              "puna: note: %d tensors are stored as F16, as %s's blocks of %d do not divide their"
                  + " rows: %s%n",
              fallen.size(), type, type.blockSize(), String.join(", ", fallen));
    }
    spec.commandLine()
        .getOut()
        .printf("%s: %,d parameters, %,d bytes%n", output, checkpoint.program().parameters(), size);
    spec.commandLine().getOut().flush();
  }
}
