package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.GgufVocabulary;
import dev.puna.tokenizer.Tokenizer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;

/** Reads a GGUF file: its architecture, what it says about generation, its vocabulary. */
final class GgufCheckpoint {
  private final Gguf file;
  private final GgufMetadata metadata;

  GgufCheckpoint(Gguf file) {
    this.file = file;
    metadata = file.metadata();
  }

  Config config() {
    return GgufConfig.of(file.path().toString(), metadata, file.tensors());
  }

  GenerationConfig generation() {
    SequencedSet<Integer> stops = new LinkedHashSet<>();
    for (String name : List.of("eos", "eot", "eom")) {
      id(name).ifPresent(stops::add);
    }
    return new GenerationConfig(
        stops,
        id("bos"),
        sampling("temp"),
        metadata.has("general.sampling.top_k")
            ? OptionalInt.of((int) metadata.integer("general.sampling.top_k"))
            : OptionalInt.empty(),
        sampling("top_p"),
        sampling("penalty_repeat"),
        opening());
  }

  private List<Integer> opening() {
    String key = metadata.text("general.architecture") + ".decoder_start_token_id";
    return metadata.has(key) ? List.of((int) metadata.integer(key)) : List.of();
  }

  private Optional<Double> sampling(String name) {
    String key = "general.sampling." + name;
    return metadata.has(key) ? Optional.of(metadata.number(key)) : Optional.empty();
  }

  boolean hasTokenizer() {
    return metadata.has("tokenizer.ggml.tokens");
  }

  /** The vocabulary. Throws {@link PunaException} if there is none, or of an unknown kind. */
  Tokenizer tokenizer() {
    return GgufVocabulary.read(file.path().toString(), metadata);
  }

  private OptionalInt id(String name) {
    String key = "tokenizer.ggml." + name + "_token_id";
    if (!metadata.has(key)) {
      return OptionalInt.empty();
    }
    long id = metadata.integer(key);
    // -1, or its unsigned form, means "none" in some files
    return id < 0 || id > Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) id);
  }
}
