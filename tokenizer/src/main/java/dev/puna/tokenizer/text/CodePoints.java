package dev.puna.tokenizer.text;

import java.util.Arrays;

/** Text as an array of code points: every character has one index. */
public final class CodePoints {
  private CodePoints() {}

  /** The code points of a text without lone surrogates. */
  public static int[] of(String text) {
    int[] points = new int[text.length()];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < text.length()) {
        points[count++] = Character.toCodePoint(c, text.charAt(++i));
      } else {
        points[count++] = c;
      }
    }
    return count == points.length ? points : Arrays.copyOf(points, count);
  }

  /** The text of a stretch. */
  public static String string(int[] points, int from, int to) {
    return new String(points, from, to - from);
  }
}
