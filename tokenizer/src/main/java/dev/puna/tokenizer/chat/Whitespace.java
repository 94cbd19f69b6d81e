package dev.puna.tokenizer.chat;

/** White space as Python's {@code str.isspace} sees it: more than Java's, no-break spaces too. */
final class Whitespace {
  private Whitespace() {}

  static boolean is(int c) {
    return c >= 0x1c && c <= 0x20
        || c >= 0x09 && c <= 0x0d
        || c == 0x85
        || c == 0xa0
        || c > 0xa0 && Character.isSpaceChar(c);
  }

  static boolean all(String text) {
    return leading(text) == text.length();
  }

  /** How many characters of white space a text begins with. */
  static int leading(String text) {
    int i = 0;
    while (i < text.length() && is(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Where the white space that ends a text begins. */
  static int trailing(String text) {
    int i = text.length();
    while (i > 0 && is(text.charAt(i - 1))) {
      i--;
    }
    return i;
  }
}
