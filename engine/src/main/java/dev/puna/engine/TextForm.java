package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Reading;
import dev.puna.model.Spec;
import dev.puna.model.TokenPlaces;
import dev.puna.program.RopeScaling;
import dev.puna.tensor.PunaException;
import java.util.List;

/**
 * How a model's texts are laid out for it.
 *
 * @param reading in which order they are read
 * @param scaling of rotary tables, as far as it depends on the length of a text
 * @param opening tokens that a text begins with where the prompt is an encoder's; else none
 */
record TextForm(Reading reading, RopeScaling scaling, List<Integer> opening) {
  /** From left to right, tables of the model's own. */
  static final TextForm PLAIN =
      new TextForm(Reading.LEFT_TO_RIGHT, new RopeScaling.None(), List.of());

  static TextForm of(Checkpoint checkpoint) {
    Spec spec = checkpoint.spec();
    List<Integer> opening = spec.source() == null ? List.of() : checkpoint.generation().opening();
    if (spec.source() != null && opening.isEmpty()) {
      throw new PunaException(
          checkpoint.path() + " does not say which token its decoder begins with",
          "config.json should have decoder_start_token_id");
    }
    return new TextForm(spec.reading(), checkpoint.program().rotaryScaling(), opening);
  }

  /** Whether the prompt is read by an encoder, and the text begins by itself. */
  boolean hasSource() {
    return !opening.isEmpty();
  }

  /** What the text begins with. */
  int[] start(int[] prompt) {
    return hasSource() ? opening.stream().mapToInt(Integer::intValue).toArray() : prompt.clone();
  }

  /**
   * @throws dev.puna.tensor.PunaException if the prompt is not of the form that the model reads
   */
  TokenPlaces places(int[] prompt) {
    return TokenPlaces.of(reading, prompt);
  }

  /**
   * The length for which a row's rotary tables are made: the whole prompt's while it is read, and
   * then as the scaling says.
   *
   * @param length of the text so far
   */
  int rotation(int prompt, int position, int length) {
    return switch (scaling.length()) {
      case ANY, LATEST -> Math.max(prompt, position + 1);
      case PROMPT -> prompt;
      case WHOLE -> length;
    };
  }

  /** Whether texts that begin alike have the same in their first blocks. */
  boolean shares() {
    return !hasSource() && reading instanceof Reading.LeftToRight;
  }

  /** Names the rotary tables of a length. */
  int table(int length) {
    return scaling.table(length);
  }

  /** Whether a text is read anew where its tables change. */
  boolean rereads() {
    return scaling.length() == RopeScaling.Length.WHOLE;
  }

  /** Whether a text that has grown by a token is read anew. */
  boolean rereadsAt(int length) {
    return rereads() && scaling.table(length - 1) != scaling.table(length);
  }
}
