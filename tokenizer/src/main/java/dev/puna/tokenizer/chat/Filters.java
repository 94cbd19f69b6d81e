package dev.puna.tokenizer.chat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The filters of one value; those that go over items are in {@link ListFilters}. */
final class Filters {
  private Filters() {}

  /** Whether a filter of this name is there. */
  static boolean known(String name) {
    try {
      apply("", new Given(name, List.of(), Map.of()));
      return true;
    } catch (TemplateException e) {
      return !String.valueOf(e.getMessage()).equals(unknown(name).getMessage());
    }
  }

  private static TemplateException unknown(String name) {
    return new TemplateException("filter '" + name + "' is not known to this program");
  }

  static @Nullable Object apply(@Nullable Object x, Given given) {
    return switch (given.name()) {
      case "default", "d" -> defaulted(x, given);
      case "tojson" -> PythonJson.write(x, given);
      case "string" -> x instanceof Markup ? x : Python.text(x);
      case "length", "count" -> (long) Python.length(x);
      case "abs" -> absolute(x);
      case "int" -> integer(x, given);
      case "float" -> floating(x, given);
      case "round" -> round(x, given);
      case "safe" -> new Markup(Python.text(x));
      case "escape", "e" -> x instanceof Markup ? x : new Markup(Markup.escape(Python.text(x)));
      case "forceescape" -> new Markup(Markup.escape(Python.text(x)));
      case "attr" -> ListFilters.attribute(x, given.required(0, "name"));
      case "urlencode" -> encoded(Python.text(x));
      default -> {
        Object text = text(x, given);
        if (text != null) {
          yield text;
        }
        Object list = ListFilters.apply(x, given);
        if (list == ListFilters.NONE) {
          throw unknown(given.name());
        }
        yield list;
      }
    };
  }

  /** The filters of strings; null if the name is none of them. */
  private static @Nullable Object text(@Nullable Object x, Given given) {
    String s = Python.text(x);
    String changed =
        switch (given.name()) {
          case "trim" ->
              Texts.strip(
                  s,
                  given.get(0, "chars", null) == null ? null : given.text(0, "chars"),
                  true,
                  true);
          case "upper" -> s.toUpperCase(Locale.ROOT);
          case "lower" -> s.toLowerCase(Locale.ROOT);
          case "capitalize" -> Texts.capitalized(s);
          case "title" -> titled(s);
          case "replace" ->
              Texts.replaced(
                  s,
                  Python.text(given.required(0, "old")),
                  Python.text(given.required(1, "new")),
                  given.integer(2, "count", -1));
          case "indent" -> indented(s, given);
          case "center" -> Texts.padded(s, given.integer(0, "width", 80), " ", 0.5);
          case "format" -> PrintfFormat.format(s, given.positional());
          case "truncate" -> truncated(s, given);
          default -> null;
        };
    if (given.name().equals("wordcount")) {
      return (long) Texts.split(s, null, -1).size();
    }
    return changed != null && x instanceof Markup ? new Markup(changed) : changed;
  }

  private static @Nullable Object defaulted(@Nullable Object x, Given given) {
    boolean missing = x instanceof Undefined || given.flag(1, "boolean", false) && !Python.truth(x);
    return missing ? given.get(0, "default_value", "") : x;
  }

  private static Object absolute(@Nullable Object x) {
    return switch (Objects.requireNonNullElse(Python.numeric(x), "")) {
      case Long number -> Math.abs(number);
      case Double number -> Math.abs(number);
      default -> throw new TemplateException(Python.typeName(x) + " has no absolute value");
    };
  }

  private static @Nullable Object integer(@Nullable Object x, Given given) {
    if (Python.numeric(x) instanceof Number number) {
      return number.longValue();
    }
    try {
      String digits = Python.text(x).strip().replace("_", "");
      return digits.contains(".") || digits.contains("e")
          ? (Object) (long) Double.parseDouble(digits)
          : (Object) Long.parseLong(digits, (int) Math.clamp(given.integer(1, "base", 10), 2, 36));
    } catch (NumberFormatException _) {
      return given.get(0, "default", 0L);
    }
  }

  private static @Nullable Object floating(@Nullable Object x, Given given) {
    if (Python.numeric(x) instanceof Number number) {
      return number.doubleValue();
    }
    try {
      return Double.parseDouble(Python.text(x).strip());
    } catch (NumberFormatException _) {
      return given.get(0, "default", 0.0);
    }
  }

  private static Object round(@Nullable Object x, Given given) {
    Number number = Python.numeric(x);
    if (number == null) {
      throw new TemplateException(Python.typeName(x) + " cannot be rounded");
    }
    int digits = (int) Math.clamp(given.integer(0, "precision", 0), -300, 300);
    double power = Math.pow(10, digits);
    double scaled = number.doubleValue() * power;
    return switch (given.text(1, "method", "common")) {
      case "ceil" -> Math.ceil(scaled) / power;
      case "floor" -> Math.floor(scaled) / power;
      case "common" ->
          new java.math.BigDecimal(number.doubleValue())
              .setScale(digits, java.math.RoundingMode.HALF_EVEN)
              .doubleValue();
      default -> throw new TemplateException("'round' knows common, ceil and floor");
    };
  }

  /** As in Jinja2, words also begin after brackets and dashes; the rest of a word is small. */
  private static String titled(String s) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (int i = 0; i <= s.length(); i++) {
      boolean border =
          i == s.length() || Whitespace.is(s.charAt(i)) || "-({[<".indexOf(s.charAt(i)) >= 0;
      if (border) {
        out.append(Texts.capitalized(s.substring(from, i)));
        out.append(s, i, Math.min(i + 1, s.length()));
        from = i + 1;
      }
    }
    return out.toString();
  }

  private static String indented(String s, Given given) {
    Object width = given.get(0, "width", 4L);
    String blanks =
        width instanceof CharSequence text
            ? text.toString()
            : " ".repeat((int) Math.clamp(given.integer(0, "width", 4), 0, 1000));
    boolean first = given.flag(1, "first", false);
    boolean blank = given.flag(2, "blank", false);
    StringBuilder out = new StringBuilder();
    String[] lines = Texts.lines(s + "\n", false).toArray(String[]::new);
    for (int i = 0; i < lines.length; i++) {
      boolean indents = i == 0 ? first : blank || !lines[i].isEmpty();
      out.append(i == 0 ? "" : "\n").append(indents ? blanks : "").append(lines[i]);
      Budget.text(out.length());
    }
    return out.toString();
  }

  private static String truncated(String s, Given given) {
    int length = (int) Math.clamp(given.integer(0, "length", 255), 0, 1 << 20);
    String end = given.text(2, "end", "...");
    int leeway = (int) Math.clamp(given.integer(3, "leeway", 5), 0, 1 << 20);
    if (s.codePointCount(0, s.length()) <= length + leeway) {
      return s;
    }
    int kept = s.offsetByCodePoints(0, Math.max(0, length - end.length()));
    String cut = s.substring(0, kept);
    int space = given.flag(1, "killwords", false) ? -1 : cut.lastIndexOf(' ');
    return (space < 0 ? cut : cut.substring(0, space)) + end;
  }

  private static String encoded(String s) {
    return Arrays.stream(s.split("/", -1))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }
}
