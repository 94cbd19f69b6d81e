package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Spec;
import dev.puna.model.TokenPlaces;
import dev.puna.program.RopeScaling;

/**
 * How a model's texts are laid out for it.
 *
 * @param reading in which order they are read
 * @param rotaryLength which length of a text its rotary tables are made for
 */
record TextForm(Spec.Reading reading, RopeScaling.Length rotaryLength) {
  /** From left to right, tables of the model's own. */
  static final TextForm PLAIN = new TextForm(Spec.Reading.LEFT_TO_RIGHT, RopeScaling.Length.ANY);

  static TextForm of(Checkpoint checkpoint) {
    return new TextForm(checkpoint.spec().reading(), checkpoint.program().rotaryLength());
  }

  /**
   * @throws dev.puna.tensor.PunaException if the prompt is not of the form that the model reads
   */
  TokenPlaces places(int[] prompt) {
    return TokenPlaces.of(reading, prompt);
  }

  /**
   * The length for which a row's rotary tables are made: the whole prompt's while it is read, and
   * then the length so far, or still the prompt's.
   */
  int rotation(int prompt, int position) {
    return rotaryLength == RopeScaling.Length.PROMPT ? prompt : Math.max(prompt, position + 1);
  }
}
