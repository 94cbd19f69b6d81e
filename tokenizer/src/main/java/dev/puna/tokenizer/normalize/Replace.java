package dev.puna.tokenizer.normalize;

import dev.puna.tokenizer.pattern.TextPattern;
import dev.puna.tokenizer.text.CodePoints;

/**
 * Replace: other text for what a pattern matches.
 *
 * @param literal the text that is replaced as it is; empty for a pattern
 * @param pattern what is replaced
 * @param content what stands there instead
 */
public record Replace(String literal, TextPattern pattern, String content) implements Normalizer {
  /** One that replaces a text as it is. */
  public static Replace literal(String literal, String content) {
    return new Replace(literal, TextPattern.literal(literal), content);
  }

  /** One that replaces what a regular expression matches. */
  public static Replace regex(String where, String expression, String content) {
    return new Replace("", TextPattern.regex(where, expression), content);
  }

  @Override
  public String normalize(String text) {
    if (!literal.isEmpty()) {
      return text.replace(literal, content);
    }
    int[] points = CodePoints.of(text);
    StringBuilder out = new StringBuilder(text.length() + 16);
    int[] done = {0};
    pattern.find(
        points,
        0,
        points.length,
        (start, end) -> {
          out.append(CodePoints.string(points, done[0], start)).append(content);
          done[0] = end;
        });
    return out.append(CodePoints.string(points, done[0], points.length)).toString();
  }
}
