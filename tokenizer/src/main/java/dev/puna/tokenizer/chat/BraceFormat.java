package dev.puna.tokenizer.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code "{} {0} {name}".format(...)}, without format specifications. */
final class BraceFormat {
  private BraceFormat() {}

  private static final Pattern FIELD = Pattern.compile("\\{\\{|\\}\\}|\\{([^{}]*)\\}|[{}]");

  static String format(String pattern, Given given) {
    Matcher matcher = FIELD.matcher(pattern);
    StringBuilder out = new StringBuilder();
    int from = 0;
    int next = 0;
    while (matcher.find()) {
      out.append(pattern, from, matcher.start());
      from = matcher.end();
      String field = matcher.group(1);
      if (field != null) {
        next += field.isEmpty() ? 1 : 0;
        out.append(Python.text(value(field, next - 1, given)));
      } else if (matcher.group().length() == 2) {
        out.append(matcher.group().charAt(0));
      } else {
        throw new TemplateException("'format' finds a single brace in '" + pattern + "'");
      }
      Budget.text(out.length());
    }
    return out.append(pattern, from, pattern.length()).toString();
  }

  private static @Nullable Object value(String field, int next, Given given) {
    if (field.isEmpty()) {
      return given.required(next, "");
    }
    if (field.chars().allMatch(Character::isDigit) && field.length() < 6) {
      return given.required(Integer.parseInt(field), "");
    }
    if (!given.named().containsKey(field)) {
      throw new TemplateException("'format' has no value for {" + field + "}");
    }
    return given.named().get(field);
  }
}
