package dev.puna.tokenizer.split;

import java.util.List;
import java.util.Optional;

/**
 * Cuts a stretch of text into shorter ones, which it may rewrite. The kinds and their names are
 * those of tokenizer.json.
 */
public interface PreTokenizer {
  /** Takes stretches one after the other. An array is valid only until the call returns. */
  interface Sink {
    /** Takes {@code text[from .. to)}, which is not empty. */
    void accept(int[] text, int from, int to, boolean atStart);
  }

  /**
   * Cuts {@code text[from .. to)}, which is not empty.
   *
   * @param atStart whether the whole text begins here
   */
  void split(int[] text, int from, int to, boolean atStart, Sink next);

  /**
   * The regular expressions whose matches, one expression after the other, are cut out of the text,
   * if that is all that happens to it; then a GGUF file may have a name for it.
   */
  default Optional<List<String>> expressions() {
    return Optional.empty();
  }

  /** Whether the text comes out as it is, only cut. */
  default boolean keepsText() {
    return true;
  }
}
