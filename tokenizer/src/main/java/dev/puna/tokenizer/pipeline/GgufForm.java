package dev.puna.tokenizer.pipeline;

import dev.puna.tensor.PunaException;
import java.util.SequencedMap;

/** How a GGUF file describes a tokenizer: the keys {@code tokenizer.ggml.*}. */
public interface GgufForm {
  /**
   * The pairs of keys and values.
   *
   * @param rows the rows of the model's embedding table; unused pieces fill up to them
   * @throws dev.puna.tensor.PunaException if GGUF cannot express the tokenizer
   */
  SequencedMap<String, Object> pairs(Pipeline.Parts parts, int rows);

  /** A tokenizer that GGUF has no words for. */
  static GgufForm none(String why) {
    return (parts, rows) -> {
      throw inexpressible(why);
    };
  }

  /** The error of a tokenizer that GGUF cannot express. */
  static PunaException inexpressible(String why) {
    return new PunaException(
        "GGUF cannot express this tokenizer: " + why, "run the checkpoint as it is");
  }
}
