package dev.puna.tokenizer.normalize;

import java.util.List;

/** Rewrites a text. The kinds and their names are those of tokenizer.json. */
public interface Normalizer {
  /** The rewritten text; without lone surrogates if the text has none. */
  String normalize(String text);

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
