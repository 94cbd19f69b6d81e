package dev.puna.tokenizer.pattern;

import java.util.Arrays;

/** Finds a text as it is. */
record LiteralPattern(int[] literal) implements TextPattern {
  @Override
  public void find(int[] text, int from, int to, Found found) {
    int length = literal.length;
    if (length == 0) {
      return;
    }
    for (int at = from; at + length <= to; ) {
      if (text[at] == literal[0] && Arrays.equals(text, at, at + length, literal, 0, length)) {
        found.match(at, at + length);
        at += length;
      } else {
        at++;
      }
    }
  }
}
