package dev.puna.cli;

/**
 * A message as it is typed: a line that ends with a backslash goes on in the next one, and what
 * begins with three quotation marks goes on to the next three at a line's end.
 */
final class TypedMessage {
  private static final String QUOTES = "\"\"\"";

  private TypedMessage() {}

  /** Whether nothing has to follow the lines that were typed so far. */
  static boolean complete(String typed) {
    if (typed.startsWith(QUOTES)) {
      return typed.length() >= 2 * QUOTES.length() && typed.stripTrailing().endsWith(QUOTES);
    }
    return !typed.endsWith("\\");
  }

  /** The message that is meant; what is not complete is taken as it is. */
  static String text(String typed) {
    if (!typed.startsWith(QUOTES)) {
      return typed.replace("\\\n", "\n");
    }
    String text = typed.substring(QUOTES.length());
    if (complete(typed)) {
      text = text.stripTrailing();
      text = text.substring(0, text.length() - QUOTES.length());
      text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
    return text.startsWith("\n") ? text.substring(1) : text;
  }
}
