package dev.puna.tokenizer.normalize;

import dev.puna.tokenizer.text.Categories;
import java.util.function.IntPredicate;

/** What normalizers do character by character. */
public final class Letters {
  private static final int CAPITAL_I_WITH_DOT = 0x130;

  private Letters() {}

  /** Small letters for capital ones, each by itself: no final sigma. */
  public static String lower(String text) {
    int first = 0;
    while (first < text.length() && isLowerAscii(text.charAt(first))) {
      first++;
    }
    if (first == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    out.append(text, 0, first);
    int point;
    for (int i = first; i < text.length(); i += Character.charCount(point)) {
      point = text.codePointAt(i);
      if (point == CAPITAL_I_WITH_DOT) {
        out.append("i\u0307");
      } else {
        out.appendCodePoint(Character.toLowerCase(point));
      }
    }
    return out.toString();
  }

  private static boolean isLowerAscii(char c) {
    return c < 0x80 && (c < 'A' || c > 'Z');
  }

  /** Without nonspacing marks. */
  static String stripMarks(String text) {
    return without(text, point -> Categories.is(point, Categories.NONSPACING_MARK));
  }

  /** Without the characters of a kind. */
  static String without(String text, IntPredicate dropped) {
    if (text.codePoints().noneMatch(dropped)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().filter(point -> !dropped.test(point)).forEach(out::appendCodePoint);
    return out.toString();
  }

  /** Without white space at its ends. */
  static String strip(String text, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && isWhite(text.charAt(from))) {
      from++;
    }
    while (right && from < to && isWhite(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isWhite(char c) {
    return Categories.is(c, Categories.WHITE_SPACE);
  }
}
