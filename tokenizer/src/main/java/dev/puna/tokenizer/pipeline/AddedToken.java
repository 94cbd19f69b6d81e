package dev.puna.tokenizer.pipeline;

/**
 * A piece that is found in the text itself, before any vocabulary sees it.
 *
 * @param special whether it means something else than text: found only when asked for
 * @param normalized whether it is looked for in the normalized text
 * @param singleWord whether it is not found within a word
 * @param stripsLeft whether white space in front of it belongs to it
 * @param stripsRight whether white space behind it belongs to it
 */
public record AddedToken(
    int id,
    String content,
    boolean special,
    boolean normalized,
    boolean singleWord,
    boolean stripsLeft,
    boolean stripsRight) {
  /** One that is found in the text as it is, whatever stands around it. */
  public static AddedToken plain(int id, String content, boolean special) {
    return new AddedToken(id, content, special, false, false, false, false);
  }
}
