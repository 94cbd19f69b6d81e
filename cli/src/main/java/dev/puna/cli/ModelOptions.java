package dev.puna.cli;

import dev.puna.engine.Engine;
import dev.puna.engine.Options;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model, and on what it runs. */
final class ModelOptions {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description =
          "A .gguf file, a directory of Hugging Face's or Meta's layout, a llama2.c .bin, or"
              + " \"stories\", the bundled model, which is the default.")
  @Nullable String model;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "A tokenizer's file, for models that carry none.")
  @Nullable Path tokenizer;

  @Option(
      names = "--device",
      defaultValue = "auto",
      description = "auto, cpu, or reference (slow and obvious). Default: ${DEFAULT-VALUE}.")
  String device = "auto";

  @Option(
      names = {"-t", "--threads"},
      defaultValue = "0",
      description = "Threads; 0 lets the device choose.")
  int threads;

  @Option(
      names = "--kv-type",
      description =
          "How keys and values are kept: F32, F16 or Q8_0. Default: F16 for a quantized model, else"
              + " F32.")
  @Nullable DType kvType;

  @Option(
      names = "--force",
      description = "Load the model even if it seems not to fit into memory.")
  boolean force;

  Checkpoint open() {
    return Checkpoint.openWithTokenizer(Bundled.resolve(model), tokenizer);
  }

  /** The model on its device; says in a line if that runs slower here than it might. */
  static Engine engine(Checkpoint checkpoint, Options options, PrintWriter err) {
    try (LoadingBar bar = new LoadingBar()) {
      Engine engine = Engine.open(checkpoint, options.loading(bar));
      engine.loss().ifPresent(what -> err.println("puna: " + what));
      return engine;
    }
  }

  Options options() {
    Options options = Options.defaults().device(device).threads(threads).force(force);
    return kvType == null ? options : options.kvType(kvType);
  }
}
