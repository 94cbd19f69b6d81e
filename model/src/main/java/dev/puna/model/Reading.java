package dev.puna.model;

/** In which order a text is read, and how its tokens are numbered. */
public sealed interface Reading {
  Reading LEFT_TO_RIGHT = new LeftToRight();

  /** Each token after the one before it. */
  record LeftToRight() implements Reading {}

  /** All at once: an encoder. */
  record AtOnce() implements Reading {}

  /**
   * Autoregressive blank filling (GLM, Du et al. 2022): what comes before {@code start} is read at
   * once; then a blank is filled from left to right, whose tokens stand at the blank's place and
   * are counted by their second place.
   *
   * @param mask token of a blank within the text
   * @param endMask token of a blank at the end, looked for first
   * @param start token that begins the filling
   * @param twoPlaces whether there is a second place; without, the tokens after a blank at the end
   *     are counted on
   */
  record BlankFilling(int mask, int endMask, int start, boolean twoPlaces) implements Reading {}
}
