package dev.puna.tokenizer.split;

/**
 * Writes spaces as another character, puts one in front, and cuts before each.
 *
 * @param replacement the code point that stands for a space
 * @param cuts whether the text is cut
 */
public record Metaspace(int replacement, Prepend prepend, boolean cuts) implements PreTokenizer {
  /** Which stretches of a text get a space in front, unless they begin with one. */
  public enum Prepend {
    ALWAYS,
    FIRST,
    NEVER
  }

  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    int[] out = ByteLevel.replaced(text, from, to, ' ', replacement);
    boolean prepends = prepend == Prepend.ALWAYS || prepend == Prepend.FIRST && atStart;
    if (prepends && out[0] != replacement) {
      out = ByteLevel.prefixed(out, 0, out.length, replacement);
    }
    if (!cuts) {
      next.accept(out, 0, out.length, atStart);
      return;
    }
    int start = 0;
    for (int at = 1; at <= out.length; at++) {
      if (at == out.length || out[at] == replacement) {
        next.accept(out, start, at, atStart && start == 0);
        start = at;
      }
    }
  }

  @Override
  public boolean keepsText() {
    return false;
  }
}
