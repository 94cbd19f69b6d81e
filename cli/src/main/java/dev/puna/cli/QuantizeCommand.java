package dev.puna.cli;

import dev.puna.formats.Gguf;
import dev.puna.formats.ImportanceMatrix;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Checkpoint;
import dev.puna.model.GgufQuantizer;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna quantize}: re-encodes weights. */
@Command(
    name = "quantize",
    description = {
      "Re-encode a model's matrices in another type, as a GGUF file.",
      "A GGUF file of any architecture keeps all else that it holds."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna quantize llama-2-7b-f16.gguf llama-2-7b-q4.gguf --type Q4_K",
      "  puna quantize ./Llama-2-7b-hf llama-2-7b-q4.gguf --type Q4_K --imatrix imatrix.gguf"
    })
final class QuantizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "A model, as for -m.")
  private String input;

  @Parameters(index = "1", paramLabel = "OUT", description = "The .gguf file to write.")
  private Path output;

  @Option(
      names = "--type",
      required = true,
      description = "How matrices are stored: ${COMPLETION-CANDIDATES}.",
      completionCandidates = GgufTypeNames.class)
  private DType type;

  @Option(
      names = "--imatrix",
      paramLabel = "FILE",
      description = "An importance matrix (of llama-imatrix): which columns count how much.")
  private @Nullable Path imatrix;

  @Option(names = "--tokenizer", paramLabel = "FILE", description = "A tokenizer's file.")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path in = Bundled.resolve(input);
    if (!output.toString().endsWith(".gguf")) {
      throw new PunaException(
          output + " does not end in .gguf", "quantized models are written as GGUF");
    }
    if (Files.exists(output) && Files.isSameFile(in, output)) {
      throw new PunaException(output + " is the input as well", "choose another name");
    }
    ImportanceMatrix importance = imatrix == null ? null : ImportanceMatrix.read(imatrix);
    if (Files.isRegularFile(in) && Gguf.is(in) && tokenizer == null) {
      requantize(in, importance).print(spec, json);
    } else {
      try (Checkpoint checkpoint = Checkpoint.open(in, tokenizer)) {
        ConvertCommand.gguf(checkpoint, output, type, importance, json).print(spec, json);
      }
    }
    return 0;
  }

  private ExportReport requantize(Path in, @Nullable ImportanceMatrix importance) {
    try (Gguf source = Gguf.open(in)) {
      long elements = source.tensors().values().stream().mapToLong(StoredTensor::elements).sum();
      long about = elements / type.blockSize() * type.blockBytes();
      try (ExportProgress bar = new ExportProgress(output, about, json)) {
        GgufQuantizer.Report report = GgufQuantizer.write(source, output, type, importance, bar);
        return new ExportReport(output, type, report.parameters(), report.fallen(), report.lossy());
      }
    }
  }
}
