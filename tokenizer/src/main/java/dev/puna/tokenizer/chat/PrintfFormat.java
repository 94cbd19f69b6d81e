package dev.puna.tokenizer.chat;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code pattern % values}: the conversions s, r, d, i, f, e, g, x, X, o, c and %%. */
final class PrintfFormat {
  private static final Pattern CONVERSION =
      Pattern.compile("%([-+ 0#]{0,5})(\\d{0,6})(?:\\.(\\d{0,6}))?(.)", Pattern.DOTALL);

  private PrintfFormat() {}

  static String format(String pattern, List<@Nullable Object> values) {
    Matcher matcher = CONVERSION.matcher(pattern);
    StringBuilder out = new StringBuilder();
    int used = 0;
    int from = 0;
    while (matcher.find()) {
      out.append(pattern, from, matcher.start());
      from = matcher.end();
      if (matcher.group(4).equals("%")) {
        out.append('%');
        continue;
      }
      if (used == values.size()) {
        throw new TemplateException("'" + pattern + "' wants more values than it is given");
      }
      out.append(padded(matcher, values.get(used++)));
      Budget.text(out.length());
    }
    if (used < values.size()) {
      throw new TemplateException("'" + pattern + "' wants fewer values than it is given");
    }
    return out.append(pattern, from, pattern.length()).toString();
  }

  private static String padded(Matcher conversion, @Nullable Object value) {
    String flags = conversion.group(1);
    String text = converted(conversion, value);
    boolean number = Python.numeric(value) != null && !"sr".contains(conversion.group(4));
    if (number && !text.startsWith("-")) {
      text = (flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + text;
    }
    int width = conversion.group(2).isEmpty() ? 0 : Integer.parseInt(conversion.group(2));
    int missing = Math.max(0, width - text.codePointCount(0, text.length()));
    Budget.text(missing);
    if (flags.contains("-")) {
      return text + " ".repeat(missing);
    }
    if (flags.contains("0") && number) {
      int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
      return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
    }
    return " ".repeat(missing) + text;
  }

  private static String converted(Matcher conversion, @Nullable Object value) {
    String precision = conversion.group(3);
    char kind = conversion.group(4).charAt(0);
    return switch (kind) {
      case 's' -> cut(Python.text(value), precision);
      case 'r' -> cut(Python.repr(value), precision);
      case 'd', 'i', 'u' -> Long.toString(integer(value, kind));
      case 'x' -> Long.toHexString(integer(value, kind));
      case 'X' -> Long.toHexString(integer(value, kind)).toUpperCase(Locale.ROOT);
      case 'o' -> Long.toOctalString(integer(value, kind));
      case 'c' -> value instanceof Long c ? Character.toString(c.intValue()) : Python.text(value);
      case 'f', 'F', 'e', 'E' -> fixed(value, precision, Character.toLowerCase(kind));
      case 'g' -> Python.number(number(value, kind).doubleValue()).replaceFirst("\\.0$", "");
      default -> throw new TemplateException("the format '%" + kind + "' is not supported");
    };
  }

  private static String fixed(@Nullable Object value, @Nullable String precision, char kind) {
    int digits =
        precision == null
            ? 6
            : precision.isEmpty() ? 0 : Math.min(1000, Integer.parseInt(precision));
    double x = number(value, kind).doubleValue();
    if (kind == 'e') {
      return String.format(Locale.ROOT, "%." + digits + "e", x);
    }
    return new java.math.BigDecimal(x)
        .setScale(digits, java.math.RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  private static long integer(@Nullable Object value, char kind) {
    return number(value, kind).longValue();
  }

  private static Number number(@Nullable Object value, char kind) {
    Number number = Python.numeric(value);
    if (number == null
        || Double.isNaN(number.doubleValue())
        || Double.isInfinite(number.doubleValue())) {
      throw new TemplateException(
          "the format '%" + kind + "' wants a number, not " + Python.typeName(value));
    }
    return number;
  }

  private static String cut(String text, @Nullable String precision) {
    if (precision == null) {
      return text;
    }
    int limit = precision.isEmpty() ? 0 : Integer.parseInt(precision);
    int length = text.codePointCount(0, text.length());
    return limit >= length ? text : text.substring(0, text.offsetByCodePoints(0, limit));
  }
}
