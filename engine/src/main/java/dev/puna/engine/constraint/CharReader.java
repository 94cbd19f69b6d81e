package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;

/** Reads a text by code points; knows the line for errors. */
final class CharReader {
  /** No character: the end of the text. */
  static final int END = -1;

  /** How deep groups may lie in each other. */
  static final int DEEPEST = 200;

  private static final int LONGEST = 4_000_000;

  private final String name;
  private final String text;
  private int at;
  private int line = 1;

  /**
   * @param name what errors call the text
   */
  CharReader(String name, String text) {
    this.name = name;
    this.text = text;
    if (text.length() > LONGEST) {
      throw new PunaException(
          "%s has %d characters".formatted(name, text.length()),
          "at most " + LONGEST + " are read");
    }
  }

  int line() {
    return line;
  }

  boolean atEnd() {
    return at == text.length();
  }

  int peek() {
    return atEnd() ? END : text.codePointAt(at);
  }

  int peekSecond() {
    int second = atEnd() ? at : at + Character.charCount(peek());
    return second >= text.length() ? END : text.codePointAt(second);
  }

  int next() {
    if (atEnd()) {
      throw wrong("breaks off", "complete it");
    }
    int c = peek();
    at += Character.charCount(c);
    line += c == '\n' ? 1 : 0;
    return c;
  }

  boolean take(int c) {
    if (peek() != c) {
      return false;
    }
    next();
    return true;
  }

  /** Takes a text without line ends. */
  boolean take(String expected) {
    if (!text.startsWith(expected, at)) {
      return false;
    }
    at += expected.length();
    return true;
  }

  boolean startsWith(String expected) {
    return text.startsWith(expected, at);
  }

  int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(next(), 16);
      if (digit < 0 || value > 0x7FFFFFF) {
        throw wrong(
            "has an escape without its %d hexadecimal digits".formatted(digits), "add them");
      }
      value = 16 * value + digit;
    }
    return value;
  }

  /** A number of decimal digits; -1 if there is none here. */
  int number(int most) {
    int value = -1;
    while (peek() >= '0' && peek() <= '9') {
      value = 10 * Math.max(value, 0) + next() - '0';
      if (value > most) {
        throw wrong("repeats something more than %d times".formatted(most), "allow fewer");
      }
    }
    return value;
  }

  /** Refuses what is no character of UTF-8. */
  int scalar(int point) {
    if (!Character.isValidCodePoint(point)
        || point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
      throw wrong("has U+%X, which is no character".formatted(point), "take it out");
    }
    return point;
  }

  /** What stands here, for errors. */
  String here() {
    return atEnd() ? "its end" : "'%s'".formatted(Character.toString(peek()));
  }

  PunaException wrong(String what, String mend) {
    return new PunaException(name + ", line " + line + ", " + what, mend);
  }
}
