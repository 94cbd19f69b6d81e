package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.Program;
import dev.puna.program.Updates;
import dev.puna.program.Weight;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A family of models that share an architecture: how its configuration becomes a {@link Spec}, and
 * what its checkpoints call their weights. One small file each, in {@code dev.puna.model.family}.
 */
public interface Family {
  /** The family's own name. */
  String name();

  /**
   * The names under which checkpoints announce it: Hugging Face's {@code model_type} and entries of
   * {@code architectures}, GGUF's {@code general.architecture}.
   */
  Set<String> names();

  /** Whether a configuration of one of its names is its own: some names mean two families. */
  default boolean accepts(Config config) {
    return true;
  }

  /**
   * A configuration with what it leaves to the checkpoint's tensors.
   *
   * @param stored their names
   */
  default Config completed(Config config, Set<String> stored) {
    return config;
  }

  /**
   * The architecture that a configuration describes.
   *
   * @param config config.json; GGUF metadata and llama2.c headers answer under the same keys
   * @throws dev.puna.tensor.PunaException if an option is missing, impossible or not implemented
   */
  Spec spec(FamilyConfig config);

  /** Likewise, after which every option must have been looked at. */
  default Spec spec(Config config, Layout layout) {
    Spec spec = spec(new FamilyConfig(config, layout));
    if (layout == Layout.HUGGING_FACE) {
      UnreadOptions.refuse(config, spec);
    } else {
      GgufConfig.refuseUnread(config);
    }
    return spec;
  }

  /** What checkpoints of a layout call the weights. */
  default WeightNames weightNames(Spec spec, Layout layout) {
    return layout == Layout.HUGGING_FACE ? huggingFaceNames(spec) : ggufNames(spec);
  }

  /** What Hugging Face checkpoints call the weights. */
  default WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE;
  }

  /** What GGUF files call them otherwise than canonically. */
  default WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL;
  }

  /** What GGUF calls the architecture, by the family's own name unless said; null: it has none. */
  default @Nullable String ggufArchitecture() {
    return names().contains(name()) ? name() : null;
  }

  /**
   * Changes what GGUF says about a model where it is more, or other, than its parts say.
   *
   * @param metadata by key, without the architecture before it
   */
  default void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {}

  /** How its instruct models are spoken to, the likeliest form first. */
  default List<ChatForm> chats(Config config) {
    return List.of();
  }

  /** Names of special tokens that begin every text, where the vocabulary does not say it. */
  default String opening() {
    return "";
  }

  /** The forward pass; a family too odd for {@link Spec} records its own. */
  default Program record(Spec spec) {
    return record(spec, weight -> Updates.NONE);
  }

  /** Likewise with low-rank updates of some weights. */
  default Program record(Spec spec, Function<Weight, Updates> updates) {
    return Decoder.record(spec, updates);
  }
}
