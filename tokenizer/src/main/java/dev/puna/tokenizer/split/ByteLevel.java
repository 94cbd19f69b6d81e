package dev.puna.tokenizer.split;

import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.Utf8;
import java.util.Arrays;

/**
 * Writes the bytes of a text as the characters of {@link ByteAlphabet}. What comes before it in
 * ByteLevel (a space in front, GPT-2's expression) are stages of their own.
 */
public record ByteLevel() implements PreTokenizer {
  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    int[] out = new int[4 * (to - from)];
    byte[] bytes = new byte[4];
    int length = 0;
    for (int at = from; at < to; at++) {
      int count = Utf8.encode(text[at], bytes, 0);
      for (int i = 0; i < count; i++) {
        out[length++] = ByteAlphabet.character(bytes[i]);
      }
    }
    next.accept(out, 0, length, atStart);
  }

  @Override
  public boolean keepsText() {
    return false;
  }

  /** Puts a space in front of a stretch that begins with none. */
  public record PrefixSpace() implements PreTokenizer {
    @Override
    public void split(int[] text, int from, int to, boolean atStart, Sink next) {
      if (text[from] == ' ') {
        next.accept(text, from, to, atStart);
      } else {
        next.accept(prefixed(text, from, to, ' '), 0, to - from + 1, atStart);
      }
    }

    @Override
    public boolean keepsText() {
      return false;
    }
  }

  static int[] prefixed(int[] text, int from, int to, int prefix) {
    int[] longer = new int[to - from + 1];
    longer[0] = prefix;
    System.arraycopy(text, from, longer, 1, to - from);
    return longer;
  }

  /** A copy of a stretch in which one character stands for another. */
  static int[] replaced(int[] text, int from, int to, int old, int other) {
    int[] copy = Arrays.copyOfRange(text, from, to);
    for (int i = 0; i < copy.length; i++) {
      copy[i] = copy[i] == old ? other : copy[i];
    }
    return copy;
  }
}
