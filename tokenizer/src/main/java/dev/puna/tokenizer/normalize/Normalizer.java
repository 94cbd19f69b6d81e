package dev.puna.tokenizer.normalize;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rewrites a text. The kinds and their names are those of tokenizer.json. */
public interface Normalizer {
  /** The rewritten text; without lone surrogates if the text has none. */
  String normalize(String text);

  /** The steps that a normalizer consists of: itself, or the parts of a sequence. */
  static List<Normalizer> steps(@Nullable Normalizer normalizer) {
    return switch (normalizer) {
      case null -> List.of();
      case Sequence sequence -> sequence.stages();
      default -> List.of(normalizer);
    };
  }

  /** One after the other. */
  record Sequence(List<Normalizer> stages) implements Normalizer {
    public Sequence {
      stages = List.copyOf(stages);
    }

    @Override
    public String normalize(String text) {
      String normalized = text;
      for (Normalizer stage : stages) {
        normalized = stage.normalize(normalized);
      }
      return normalized;
    }
  }
}
