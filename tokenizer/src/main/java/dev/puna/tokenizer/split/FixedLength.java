package dev.puna.tokenizer.split;

/**
 * Cuts after every so many characters.
 *
 * @param length above zero
 */
public record FixedLength(int length) implements PreTokenizer {
  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    for (int at = from; at < to; at += length) {
      next.accept(text, at, Math.min(to, at + length), atStart && at == from);
      if (to - at <= length) {
        return;
      }
    }
  }
}
