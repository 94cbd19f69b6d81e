package dev.puna.cli;

import dev.puna.formats.ImportanceMatrix;
import dev.puna.model.Checkpoint;
import dev.puna.model.GgufExport;
import dev.puna.model.SafetensorsExport;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna convert}: any readable checkpoint to GGUF or safetensors. */
@Command(
    name = "convert",
    description = "Write a checkpoint as a GGUF file, or as a Hugging Face directory.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna convert ./Llama-2-7b-hf llama-2-7b.gguf --type Q8_0",
      "  puna convert llama-2-7b.gguf ./Llama-2-7b-hf --type BF16",
      "  puna convert ./Llama-2-7b-hf llama-2-7b-gqa.gguf --kv-heads 8",
      "  puna convert ./Llama-2-7b-hf ./merged --type BF16 --lora ./my-adapter"
    })
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "A model, as for -m.")
  private String input;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "A .gguf file, or else a folder for safetensors.")
  private Path output;

  @Option(
      names = "--type",
      defaultValue = "F16",
      description =
          "How matrices are stored: ${COMPLETION-CANDIDATES}; for safetensors F32, F16 or BF16. In"
              + " GGUF, vectors stay F32, and rows that the type's blocks do not divide become F16."
              + " Default: ${DEFAULT-VALUE}.",
      completionCandidates = GgufTypeNames.class)
  private DType type;

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description = "Pool the key and value heads into N by their means (GQA; MQA if 1).")
  private @Nullable Integer kvHeads;

  @Mixin private AdapterOptions adapters;

  @Option(names = "--imatrix", paramLabel = "FILE", description = "An importance matrix.")
  private @Nullable Path imatrix;

  @Option(
      names = "--shard-bytes",
      paramLabel = "N",
      description = "Most bytes of tensors in a safetensors file. Default: 5000000000.")
  private long shardBytes = SafetensorsExport.SHARD_BYTES;

  @Option(names = "--tokenizer", paramLabel = "FILE", description = "A tokenizer's file.")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path in = Bundled.resolve(input);
    if (Files.exists(output) && Files.isSameFile(in, output)) {
      throw new PunaException(output + " is the input as well", "choose another name");
    }
    try (Checkpoint whole = Checkpoint.open(in, tokenizer);
        AdapterOptions.Opened opened = adapters.open()) {
      Checkpoint pooled = kvHeads == null ? whole : whole.withKvHeads(kvHeads);
      Checkpoint checkpoint = opened.on(pooled, true);
      if (SafetensorsExport.means(output)) {
        safetensors(checkpoint).print(spec, json);
      } else {
        ImportanceMatrix importance = imatrix == null ? null : ImportanceMatrix.read(imatrix);
        gguf(checkpoint, output, type, importance, json).print(spec, json);
      }
    }
    return 0;
  }

  private ExportReport safetensors(Checkpoint checkpoint) {
    long parameters = checkpoint.program().parameters();
    if (imatrix != null) {
      throw new PunaException("safetensors are not quantized", "leave out --imatrix");
    }
    if (shardBytes < 1) {
      throw new PunaException("--shard-bytes is " + shardBytes, "it must be at least 1");
    }
    if (type != DType.F32 && type != DType.F16 && type != DType.BF16) {
      throw new PunaException(
          "safetensors have no type " + type,
          "give F32, F16 or BF16, or a name that ends in .gguf");
    }
    if (!SafetensorsExport.writesTokenizer(checkpoint)) {
      spec.commandLine()
          .getErr()
          .println(
              "puna: note: this vocabulary has no file of its own in such a folder; put the"
                  + " original tokenizer.json into it");
    }
    try (ExportProgress bar = new ExportProgress(output, type.bytes(parameters), json)) {
      SafetensorsExport.write(checkpoint, output, type, shardBytes, bar);
    }
    return new ExportReport(output, type, parameters, List.of(), List.of());
  }

  /** Writes a checkpoint as GGUF. */
  static ExportReport gguf(
      Checkpoint checkpoint,
      Path output,
      DType type,
      @Nullable ImportanceMatrix importance,
      boolean json) {
    Function<Weight, DType> typeOf = GgufExport.stored(type);
    List<Weight> weights = checkpoint.weights();
    List<String> fallen =
        weights.stream()
            .filter(w -> w.rows() > 1 && typeOf.apply(w) == DType.F16 && type != DType.F16)
            .map(Weight::name)
            .toList();
    List<String> lossy =
        weights.stream()
            .filter(
                w -> checkpoint.type(w).blockSize() > 1 && checkpoint.type(w) != typeOf.apply(w))
            .map(Weight::name)
            .toList();
    long parameters = weights.stream().mapToLong(Weight::elements).sum();
    long bytes = weights.stream().mapToLong(w -> typeOf.apply(w).bytes(w.elements())).sum();
    try (ExportProgress bar = new ExportProgress(output, bytes, json)) {
      GgufExport.write(checkpoint, output, type, typeOf, importance, bar);
    }
    return new ExportReport(output, type, parameters, fallen, lossy);
  }
}
