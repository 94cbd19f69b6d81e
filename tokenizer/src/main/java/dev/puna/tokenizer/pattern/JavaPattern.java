package dev.puna.tokenizer.pattern;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.Categories;
import dev.puna.tokenizer.text.CodePoints;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that needs all of Java's engine. Its steps are counted and its depth is
 * bounded by the stack: a text on which it explodes is an error, not a hang.
 */
final class JavaPattern implements TextPattern {
  /** Looks at characters for each one of the text, and for any text. */
  private static final long STEPS_PER_CHARACTER = 2000;

  private static final long STEPS = 10_000_000;

  private static final String WORD =
      "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\u00B2\u00B3\u00B9\u00BC-\u00BE";

  private static final String BOUND =
      "(?:(?<=[%1$s])(?![%1$s])|(?<![%1$s])(?=[%1$s]))".formatted(WORD);

  private final String where;
  private final Pattern pattern;

  JavaPattern(String where, String expression) {
    this.where = where;
    try {
      pattern =
          Pattern.compile(
              translated(expression),
              Pattern.UNICODE_CHARACTER_CLASS
                  | Pattern.UNICODE_CASE
                  | Pattern.MULTILINE
                  | Pattern.UNIX_LINES);
    } catch (PatternSyntaxException e) {
      throw new PunaException(
          "%s: '%s' is no regular expression (%s)".formatted(where, expression, e.getDescription()),
          "correct the pattern, or fetch the file again",
          e);
    }
  }

  /**
   * Word characters, and so the bounds of words, are others in Java than in Oniguruma, and scripts
   * have a prefix.
   */
  private static String translated(String expression) {
    StringBuilder out = new StringBuilder(expression.length());
    int brackets = 0;
    for (int i = 0; i < expression.length(); i++) {
      char c = expression.charAt(i);
      if (c != '\\' || i + 1 == expression.length()) {
        brackets += c == '[' ? 1 : c == ']' && brackets > 0 ? -1 : 0;
        out.append(c);
        continue;
      }
      char escaped = expression.charAt(++i);
      switch (escaped) {
        case 'w' -> out.append('[').append(WORD).append(']');
        case 'W' -> out.append("[^").append(WORD).append(']');
        case 'p', 'P' -> {
          boolean script =
              expression.startsWith("{", i + 1)
                  && expression.indexOf('}', i) > 0
                  && Categories.named(expression.substring(i + 2, expression.indexOf('}', i))) == 0;
          out.append(c).append(escaped).append(script ? "{Is" : "");
          i += script ? 1 : 0;
        }
        case 'b' -> out.append(brackets > 0 ? "\\x08" : BOUND);
        default -> out.append(c).append(escaped);
      }
    }
    return out.toString();
  }

  @Override
  public void find(int[] text, int from, int to, Found found) {
    String stretch = CodePoints.string(text, from, to);
    Matcher matcher = pattern.matcher(new Counted(stretch, new long[1], stretch.length()));
    int chars = 0;
    int points = from;
    try {
      while (matcher.find()) {
        int start = points + stretch.codePointCount(chars, matcher.start());
        int end = start + stretch.codePointCount(matcher.start(), matcher.end());
        found.match(start, end);
        chars = matcher.end();
        points = end;
      }
    } catch (StackOverflowError | StepsExceeded e) {
      throw takesTooLong(where + ": " + pattern);
    }
  }

  /** The error of a pattern on which a text is hostile. */
  static PunaException takesTooLong(String pattern) {
    return new PunaException(
        "the pattern '%s' takes too long on this text".formatted(pattern),
        "give the text in smaller parts");
  }

  private static final class StepsExceeded extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A text that counts how often it is looked at. */
  private record Counted(CharSequence text, long[] steps, int length) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (++steps[0] > STEPS + STEPS_PER_CHARACTER * length) {
        throw new StepsExceeded();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
