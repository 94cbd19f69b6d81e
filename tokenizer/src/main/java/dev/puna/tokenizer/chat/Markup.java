package dev.puna.tokenizer.chat;

/**
 * A string that the filter {@code safe} has marked: adding another string to it escapes the other
 * one for HTML, as markupsafe does. Everywhere else it is its text.
 */
record Markup(String text) implements CharSequence {
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&#34;")
        .replace("'", "&#39;");
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
