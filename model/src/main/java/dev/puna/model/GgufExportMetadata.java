package dev.puna.model;

import dev.puna.program.Heads;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A checkpoint's architecture and vocabulary as GGUF key-value pairs, in the usual order. */
final class GgufExportMetadata {
  private static final String ARCHITECTURE = "llama";

  private final Checkpoint checkpoint;
  private final SequencedMap<String, Object> pairs = new LinkedHashMap<>();

  private GgufExportMetadata(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  static SequencedMap<String, Object> of(Checkpoint checkpoint, DType type) {
    GgufExportMetadata metadata = new GgufExportMetadata(checkpoint);
    metadata.general(type);
    metadata.architecture();
    metadata.sampling();
    if (checkpoint.hasTokenizer()) {
      metadata.tokenizer();
      ChatTemplates.export(checkpoint.chatTemplates(), metadata.pairs);
    } else {
      metadata.pairs.put("tokenizer.ggml.model", "no_vocab"); // llama.cpp's word for none
    }
    return metadata.pairs;
  }

  private void general(DType type) {
    pairs.put("general.architecture", ARCHITECTURE);
    pairs.put("general.type", "model");
    pairs.put("general.name", String.valueOf(checkpoint.path().toAbsolutePath().getFileName()));
    pairs.put("general.file_type", GgufFileType.of(type));
    if (type.blockSize() > 1) {
      pairs.put("general.quantization_version", 2);
    }
  }

  private void architecture() {
    Spec spec = checkpoint.spec();
    Spec.Layer layer = uniform(spec.layers());
    put("context_length", spec.context());
    put("embedding_length", spec.width());
    put("block_count", spec.layers().size());
    put("vocab_size", spec.vocab());
    switch (layer.ffn()) {
      case Spec.Dense d -> put("feed_forward_length", d.hidden());
      default -> throw new PunaException(checkpoint.path() + ": not yet", "");
    }
    switch (layer.preMix()) {
      case Normalization.Rms n -> put("attention.layer_norm_rms_epsilon", n.epsilon());
      case Normalization.Layer n -> put("attention.layer_norm_epsilon", n.epsilon());
      case null, default -> throw new PunaException(checkpoint.path() + ": not yet", "");
    }
    switch (layer.mixer()) {
      case Spec.Attention a -> {
        Heads h = a.heads();
        put("attention.head_count", h.query());
        put("attention.head_count_kv", h.kv());
        put("attention.key_length", h.size());
        put("attention.value_length", h.valueSize());
        rope(a.rotations().getFirst());
      }
      default -> throw new PunaException(checkpoint.path() + ": not yet", "");
    }
  }

  private void put(String key, Object value) {
    pairs.put(ARCHITECTURE + "." + key, value);
  }

  private Spec.Layer uniform(List<Spec.Layer> layers) {
    if (layers.stream().distinct().count() != 1) {
      throw new PunaException(
          checkpoint.path() + " has layers of different kinds", "GGUF's llama cannot express that");
    }
    return layers.getFirst();
  }

  private void rope(Rotation rotation) {
    put("rope.dimension_count", rotation.size());
    put("rope.freq_base", (float) rotation.base());
    switch (rotation.scaling()) {
      case RopeScaling.None none -> {}
      case RopeScaling.Linear linear -> scaling("linear", linear.factor());
      case RopeScaling.Yarn yarn -> {
        scaling("yarn", yarn.factor());
        put("rope.scaling.original_context_length", yarn.trained());
        put("rope.scaling.yarn_beta_fast", (float) yarn.betaFast());
        put("rope.scaling.yarn_beta_slow", (float) yarn.betaSlow());
        double paper = RopeScaling.Yarn.magnitude(yarn.factor(), 1);
        put("rope.scaling.attn_factor", (float) (yarn.magnitude() / paper));
      }
      case RopeScaling.Llama3 llama3 -> {} // as divisors, in a tensor
      case RopeScaling.Divided divided -> {}
      case RopeScaling.Half half -> {}
      case RopeScaling.Stepped stepped -> {}
      case RopeScaling.LongRope longRope -> {}
      case RopeScaling.Dynamic dynamic ->
          throw new PunaException(
              checkpoint.path() + " uses dynamic NTK scaling, which GGUF cannot express",
              "run the checkpoint as it is");
    }
  }

  private void scaling(String type, double factor) {
    put("rope.scaling.type", type);
    put("rope.scaling.factor", (float) factor);
  }

  /** Per-pair divisors of the rotary frequencies, where that is how GGUF expresses the scaling. */
  static float @Nullable [] divisors(Spec spec) {
    if (!(spec.layers().getFirst().mixer() instanceof Spec.Attention a)
        || a.rotations().isEmpty()) {
      return null;
    }
    Rotation r = a.rotations().getFirst();
    return switch (r.scaling()) {
      case RopeScaling.Divided divided -> {
        float[] divisors = new float[divided.divisors().size()];
        for (int i = 0; i < divisors.length; i++) {
          divisors[i] = divided.divisors().get(i);
        }
        yield divisors;
      }
      case RopeScaling.Llama3 llama3 -> {
        double[] plain = new RopeScaling.None().frequencies(r.base(), r.size(), 0);
        double[] scaled = llama3.frequencies(r.base(), r.size(), 0);
        float[] ratio = new float[plain.length];
        for (int i = 0; i < ratio.length; i++) {
          ratio[i] = (float) (plain[i] / scaled[i]);
        }
        yield ratio;
      }
      case RopeScaling.None none -> null;
      case RopeScaling.Linear linear -> null;
      case RopeScaling.Dynamic dynamic -> null;
      case RopeScaling.Yarn yarn -> null;
      case RopeScaling.Half half -> null;
      case RopeScaling.Stepped stepped -> null;
      case RopeScaling.LongRope longRope -> null;
    };
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
