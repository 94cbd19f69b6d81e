package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.formats.Llama2c;
import dev.puna.formats.Llama2cHeader;
import dev.puna.formats.PyTorch;
import dev.puna.formats.QuantizedFile;
import dev.puna.formats.Safetensors;
import dev.puna.formats.TensorFile;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells the kinds of checkpoints apart and reads each into the same {@link Contents}. */
final class CheckpointReader {
  private CheckpointReader() {}

  static Contents read(Path path, @Nullable Path tokenizer) {
    if (!Files.exists(path)) {
      throw new PunaException(
          path + " does not exist", "give a .gguf file, or a model's directory");
    }
    if (Files.isDirectory(path)) {
      boolean meta =
          Files.exists(path.resolve(MetaCheckpoint.PARAMS))
              && !Files.exists(path.resolve("config.json"));
      return meta ? meta(path, tokenizer) : huggingFace(path, tokenizer);
    }
    if (path.toString().endsWith(".json")) {
      return huggingFace(parent(path), Config.read(path), null, tokenizer);
    }
    if (Stream.of(".safetensors", ".pth", ".pt").anyMatch(path.toString()::endsWith)) {
      throw new PunaException(
          path + " holds weights without a configuration",
          "give the directory that has config.json or params.json and the weights");
    }
    return Gguf.is(path) ? gguf(path, tokenizer) : llama2c(path, tokenizer);
  }

  // ---- GGUF ----

  private static Contents gguf(Path path, @Nullable Path tokenizer) {
    Gguf file = Gguf.open(path);
    return closingOnFailure(file, _ -> gguf(path, file, tokenizer));
  }

  private static Contents gguf(Path path, Gguf file, @Nullable Path tokenizer) {
    GgufCheckpoint gguf = new GgufCheckpoint(file);
    return new Contents(
        path,
        Layout.GGUF,
        gguf.config(),
        file,
        null,
        tokenizer != null || gguf.hasTokenizer(),
        tokenizer == null ? gguf::tokenizer : () -> TokenizerReader.read(tokenizer),
        gguf.generation(),
        () -> ChatTemplates.of(file.metadata()));
  }

  // ---- Hugging Face ----

  private static Contents huggingFace(Path folder, @Nullable Path tokenizer) {
    Path config = folder.resolve("config.json");
    if (!Files.exists(config)) {
      throw new PunaException(
          folder + " has no config.json",
          "a model's directory has config.json (or Meta's params.json) and the weights");
    }
    return closingOnFailure(
        weights(folder), file -> huggingFace(folder, Config.read(config), file, tokenizer));
  }

  private static Contents huggingFace(
      Path folder, Config config, @Nullable TensorFile file, @Nullable Path tokenizer) {
    Supplier<Tokenizer> supplier =
        tokenizer == null
            ? () -> TokenizerReader.read(folder)
            : () -> TokenizerReader.read(tokenizer);
    Config quantization = QuantizationConfig.find(folder, config);
    return new Contents(
        folder,
        Layout.HUGGING_FACE,
        config.without(QuantizationConfig.KEY),
        file == null || quantization == null ? file : QuantizedFile.of(file, quantization),
        null,
        tokenizer != null || TokenizerReader.isIn(folder),
        supplier,
        GenerationConfig.read(folder, config),
        () -> ChatTemplates.of(folder));
  }

  /** What is read from a file does not keep it open if the reading fails. */
  private static Contents closingOnFailure(
      @Nullable TensorFile file, Function<@Nullable TensorFile, Contents> read) {
    try {
      return read.apply(file);
    } catch (RuntimeException | Error e) {
      if (file != null) {
        file.close();
      }
      throw e;
    }
  }

  /** The directory's weights; null if it holds no weights at all. */
  private static @Nullable TensorFile weights(Path folder) {
    boolean torch = false;
    boolean safetensors = false;
    boolean named = false; // a stray .safetensors file beside a .bin checkpoint is not the model
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json")) {
          safetensors = true;
          named |= name.startsWith("model");
        }
        torch |= name.equals("pytorch_model.bin") || name.equals("pytorch_model.bin.index.json");
      }
    } catch (IOException e) {
      throw new PunaException(folder + " cannot be listed", String.valueOf(e.getMessage()), e);
    }
    if (torch && !named) {
      return PyTorch.open(folder);
    }
    return safetensors ? Safetensors.open(folder) : null;
  }

  // ---- Meta ----

  private static Contents meta(Path folder, @Nullable Path tokenizer) {
    return closingOnFailure(
        MetaCheckpoint.weights(folder),
        file -> {
          MetaCheckpoint meta = MetaCheckpoint.read(folder, file);
          Path found = tokenizer != null ? tokenizer : MetaCheckpoint.tokenizer(folder);
          return new Contents(
              folder,
              Layout.META,
              meta.config(),
              file,
              MetaCheckpoint.NAMES,
              found != null,
              () -> TokenizerReader.read(found == null ? folder : found),
              meta.generation(),
              () -> ChatTemplates.of(folder));
        });
  }

  // ---- llama2.c ----

  private static Contents llama2c(Path path, @Nullable Path tokenizer) {
    Llama2c file = Llama2c.open(path);
    Llama2cHeader header = file.header();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", "llama");
    config.put("hidden_size", header.dim());
    config.put("intermediate_size", header.hiddenDim());
    config.put("num_hidden_layers", header.layers());
    config.put("num_attention_heads", header.heads());
    config.put("num_key_value_heads", header.kvHeads());
    config.put("vocab_size", header.vocabSize());
    config.put("max_position_embeddings", header.seqLen());
    config.put("rms_norm_eps", 1e-5); // constants of llama2.c's run.c
    config.put("rope_theta", 10000.0);
    config.put("tie_word_embeddings", header.sharedClassifier());
    return new Contents(
        path,
        Layout.META,
        Config.of(path.toString(), config),
        file,
        WeightNames.CANONICAL,
        tokenizer != null,
        () -> {
          if (tokenizer == null) {
            throw TokenizerReader.none(path);
          }
          return TokenizerReader.read(tokenizer);
        },
        // llama2.c ends a text at the next one's beginning (1) as well as at an end (2)
        GenerationConfig.of(new LinkedHashSet<>(List.of(1, 2)), OptionalInt.of(1)),
        LinkedHashMap::new);
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new UncheckedIOException(new IOException(path.toString()));
    }
    return parent;
  }
}
