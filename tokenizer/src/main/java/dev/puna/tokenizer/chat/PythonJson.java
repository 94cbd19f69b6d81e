package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as Python's {@code json.dumps} does: a space after commas and colons unless it is
 * indented, numbers in Python's digits. Characters outside ASCII stay as they are by default, as in
 * the {@code tojson} that chat templates are run with (Jinja2's own escapes HTML).
 */
final class PythonJson {
  private static final int DEEPEST = 200;

  private final boolean ascii;
  private final boolean sorted;
  private final @Nullable String indent;
  private final String comma;
  private final String colon;
  private final StringBuilder out = new StringBuilder();

  private PythonJson(Given given) {
    ascii = given.flag(0, "ensure_ascii", false);
    Object width = given.get(1, "indent", null);
    indent =
        switch (width) {
          case null -> null;
          case CharSequence text -> text.toString();
          default -> " ".repeat((int) Math.clamp(given.integer(1, "indent", 0), 0, 100));
        };
    List<@Nullable Object> separators = Python.items(given.get(2, "separators", null));
    boolean own = separators != null && separators.size() == 2;
    comma =
        own ? Python.text(Objects.requireNonNull(separators).get(0)) : indent == null ? ", " : ",";
    colon = own ? Python.text(Objects.requireNonNull(separators).get(1)) : ": ";
    sorted = given.flag(3, "sort_keys", false);
  }

  /** The filter {@code tojson(ensure_ascii, indent, separators, sort_keys)}. */
  static String write(@Nullable Object value, Given given) {
    PythonJson json = new PythonJson(given);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(@Nullable Object value, int depth) {
    Budget.step();
    if (depth > DEEPEST) {
      throw new TemplateException("'tojson' is given something that nests deeper than " + DEEPEST);
    }
    switch (value) {
      case null -> out.append("null");
      case Boolean flag -> out.append(flag ? "true" : "false");
      case Long number -> out.append(number.longValue());
      case Double number -> out.append(number(number));
      case CharSequence text -> quoted(text.toString());
      case List<?> list -> list(list, depth);
      case Tuple tuple -> list(tuple.items(), depth);
      case Map<?, ?> map -> object(map, depth);
      case Undefined undefined -> throw undefined.used();
      default -> throw new TemplateException(Python.typeName(value) + " has no JSON");
    }
  }

  private static String number(double x) {
    return Double.isNaN(x)
        ? "NaN"
        : Double.isInfinite(x) ? (x > 0 ? "Infinity" : "-Infinity") : Python.number(x);
  }

  private void list(List<?> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      separate(i, depth + 1);
      value(items.get(i), depth + 1);
    }
    newLine(depth);
    out.append(']');
  }

  private void object(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      entries.sort((a, b) -> Python.compare(a.getKey(), b.getKey()));
    }
    out.append('{');
    for (int i = 0; i < entries.size(); i++) {
      separate(i, depth + 1);
      Object key = entries.get(i).getKey();
      quoted(
          switch (key) {
            case null -> "null";
            case Boolean flag -> flag ? "true" : "false";
            default -> Python.text(key);
          });
      out.append(colon);
      value(entries.get(i).getValue(), depth + 1);
    }
    newLine(depth);
    out.append('}');
  }

  private void separate(int index, int depth) {
    if (index > 0) {
      out.append(comma);
    }
    newLine(depth);
  }

  private void newLine(int depth) {
    if (indent != null) {
      out.append('\n').append(indent.repeat(depth));
    }
  }

  private void quoted(String text) {
    Budget.text(text.length());
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      Budget.growing(out.length());
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || ascii && c > 0x7e) {
            out.append("\\u").append("%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
