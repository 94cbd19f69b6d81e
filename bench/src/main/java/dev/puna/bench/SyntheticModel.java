package dev.puna.bench;

import dev.puna.formats.GgufWriter;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Writes GGUF files of LLaMA's architecture with random weights: the sizes of well-known models,
 * for measuring speed where the models themselves are not.
 */
public final class SyntheticModel {
  private SyntheticModel() {}

  /** {@code SHAPE TYPE FILE}, such as {@code 1.1b Q4_0 model.gguf}. */
  public static void main(String[] arguments) {
    if (arguments.length != 3) {
      System.err.println("usage: SyntheticModel SHAPE TYPE FILE");
      System.exit(2);
    }
    try {
      write(
          SyntheticShape.named(arguments[0]),
          SyntheticType.named(arguments[1]),
          Path.of(arguments[2]));
    } catch (PunaException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Writes a model beside {@code file} and renames it; the same arguments give the same file. */
  public static void write(SyntheticShape shape, SyntheticType type, Path file) {
    List<GgufWriter.Entry> tensors = new ArrayList<>();
    shape
        .tensors()
        .forEach(
            (name, sizes) ->
                tensors.add(new GgufWriter.Entry(name, type.of(name, shape.layers()), sizes)));
    try (SyntheticWeights weights = new SyntheticWeights(tensors)) {
      GgufWriter.write(file, metadata(shape, type), tensors, weights::of);
    }
  }

  private static SequencedMap<String, Object> metadata(SyntheticShape shape, SyntheticType type) {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("general.architecture", "llama");
    pairs.put("general.type", "model");
    pairs.put("general.name", "synthetic");
    pairs.put("general.file_type", type.number());
    if (type.quantized()) {
      pairs.put("general.quantization_version", 2);
    }
    pairs.put("llama.context_length", shape.context());
    pairs.put("llama.embedding_length", shape.width());
    pairs.put("llama.block_count", shape.layers());
    pairs.put("llama.feed_forward_length", shape.feedForward());
    pairs.put("llama.attention.head_count", shape.heads());
    pairs.put("llama.attention.head_count_kv", shape.kvHeads());
    pairs.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    pairs.put("llama.rope.dimension_count", shape.headSize());
    pairs.put("llama.rope.freq_base", 10_000f);
    pairs.put("llama.vocab_size", shape.vocabulary());
    new SyntheticVocabulary(shape.vocabulary()).describe(pairs);
    return pairs;
  }
}
