package dev.puna.tokenizer.pattern;

/** Finds stretches of a text, as a regular expression does: leftmost first, none overlapping. */
public interface TextPattern {
  /** Takes what was found. An empty match, such as a look-ahead's, is one too. */
  interface Found {
    void match(int start, int end);
  }

  /** Passes on all matches within {@code text[from .. to)}, from left to right. */
  void find(int[] text, int from, int to, Found found);

  /**
   * The pattern of a regular expression in the dialect of Oniguruma, which tokenizer.json files
   * use. Expressions made of runs of character sets, as nearly all are, are matched by {@link
   * RunPattern}, the others by Java's.
   *
   * @param where the file, for messages
   * @throws dev.puna.tensor.PunaException if it is no regular expression
   */
  static TextPattern regex(String where, String expression) {
    RunPattern runs = RunPattern.compile(expression);
    return runs != null ? runs : new JavaPattern(where, expression);
  }

  /** The pattern of a text that is to be found as it is. An empty one is never found. */
  static TextPattern literal(String literal) {
    return new LiteralPattern(literal.codePoints().toArray());
  }
}
