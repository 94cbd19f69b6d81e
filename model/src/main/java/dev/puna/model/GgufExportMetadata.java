package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** A checkpoint's architecture and vocabulary as GGUF key-value pairs, in the usual order. */
final class GgufExportMetadata {
  private final Checkpoint checkpoint;
  private final SequencedMap<String, Object> pairs = new LinkedHashMap<>();

  private GgufExportMetadata(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  static SequencedMap<String, Object> of(Checkpoint checkpoint, String architecture, DType type) {
    GgufExportMetadata metadata = new GgufExportMetadata(checkpoint);
    metadata.general(architecture, type);
    SequencedMap<String, Object> parts = GgufParts.of(checkpoint.spec());
    checkpoint.family().ggufMetadata(checkpoint.spec(), parts);
    if (checkpoint.spec().source() != null && !checkpoint.generation().opening().isEmpty()) {
      parts.put("decoder_start_token_id", checkpoint.generation().opening().getFirst());
    }
    parts.forEach((key, value) -> metadata.pairs.put(architecture + "." + key, value));
    metadata.sampling();
    if (checkpoint.hasTokenizer()) {
      metadata.tokenizer();
      ChatTemplates.export(checkpoint.chatTemplates(), metadata.pairs);
    } else {
      metadata.pairs.put("tokenizer.ggml.model", "no_vocab"); // llama.cpp's word for none
    }
    int segments = checkpoint.spec().embedding().segments();
    if (segments > 0) {
      metadata.pairs.put("tokenizer.ggml.token_type_count", segments);
    }
    return metadata.pairs;
  }

  private void general(String architecture, DType type) {
    pairs.put("general.architecture", architecture);
    pairs.put("general.type", "model");
    pairs.put("general.name", String.valueOf(checkpoint.path().toAbsolutePath().getFileName()));
    pairs.put("general.file_type", GgufFileType.of(type));
    if (type.blockSize() > 1) {
      pairs.put("general.quantization_version", 2);
    }
  }

  /** What the checkpoint recommends. */
  private void sampling() {
    GenerationConfig generation = checkpoint.generation();
    generation.temperature().ifPresent(t -> pairs.put("general.sampling.temp", t.floatValue()));
    generation.topK().ifPresent(k -> pairs.put("general.sampling.top_k", k));
    generation.topP().ifPresent(p -> pairs.put("general.sampling.top_p", p.floatValue()));
  }

  private void tokenizer() {
    checkpoint
        .tokenizer()
        .ggufPairs(checkpoint.spec().vocab())
        .forEach(
            (key, value) -> {
              pairs.put(key, value);
              if (key.equals("tokenizer.ggml.eos_token_id")) {
                stops();
              }
            });
    stops();
  }

  /** GGUF has three names for tokens that end a text: end of sequence, of turn, of message. */
  private void stops() {
    List<String> names = List.of("eos", "eot", "eom");
    List<Integer> stops = checkpoint.generation().stops().stream().toList();
    for (int i = 0; i < Math.min(names.size(), stops.size()); i++) {
      pairs.put("tokenizer.ggml." + names.get(i) + "_token_id", stops.get(i));
    }
  }
}
