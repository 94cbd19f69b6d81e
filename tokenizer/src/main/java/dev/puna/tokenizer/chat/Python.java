package dev.puna.tokenizer.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Python makes of values: their truth, text, equality, order, items. A value is null (none), a
 * Boolean, Long, Double, String or {@link Markup}, a List, {@link Tuple} or Map, or one of this
 * package's {@link Undefined}, {@link Namespace} and {@link Callable}.
 */
final class Python {
  private static final int DEEPEST = 200;

  private Python() {}

  /** A copy of a value from outside (of JSON, say), in which nothing is shared. */
  static @Nullable Object copy(@Nullable Object value) {
    return copy(value, 0);
  }

  private static @Nullable Object copy(@Nullable Object value, int depth) {
    checkDepth(depth);
    Budget.step();
    return switch (value) {
      case null -> null;
      case Integer number -> (Long) number.longValue();
      case Short number -> (Long) number.longValue();
      case Float number -> (Double) number.doubleValue();
      case BigInteger number -> whole(number);
      case BigDecimal number -> (Double) number.doubleValue();
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>(list.size());
        for (Object item : list) {
          items.add(copy(item, depth + 1));
        }
        yield items;
      }
      case Map<?, ?> map -> {
        Map<@Nullable Object, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach((k, v) -> entries.put(k, copy(v, depth + 1)));
        yield entries;
      }
      case Boolean _, Long _, Double _, String _, Markup _ -> value;
      case Tuple _, Namespace _, Undefined _, Callable _ -> value;
      default -> throw new IllegalArgumentException("no value of a template: " + value.getClass());
    };
  }

  private static Object whole(BigInteger number) {
    return number.bitLength() < 64 ? (Object) number.longValue() : (Object) number.doubleValue();
  }

  private static void checkDepth(int depth) {
    if (depth > DEEPEST) {
      throw new TemplateException("a value nests deeper than " + DEEPEST);
    }
  }

  static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Undefined _ -> false;
      case Boolean flag -> flag;
      case Long number -> number != 0;
      case Double number -> number != 0;
      case CharSequence text -> text.length() > 0;
      case List<?> list -> !list.isEmpty();
      case Tuple tuple -> !tuple.items().isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  static String typeName(@Nullable Object value) {
    return switch (value) {
      case null -> "none";
      case Undefined _ -> "undefined";
      case Boolean _ -> "a boolean";
      case Long _ -> "an integer";
      case Double _ -> "a float";
      case CharSequence _ -> "a string";
      case List<?> _ -> "a list";
      case Tuple _ -> "a tuple";
      case Map<?, ?> _ -> "a dictionary";
      case Namespace _ -> "a namespace";
      default -> "a function";
    };
  }

  /** {@code str(value)} */
  static String text(@Nullable Object value) {
    return switch (value) {
      case CharSequence text -> text.toString();
      case Undefined _ -> "";
      case null, default -> repr(value);
    };
  }

  /** {@code repr(value)} */
  static String repr(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    repr(value, out, 0);
    return out.toString();
  }

  private static void repr(@Nullable Object value, StringBuilder out, int depth) {
    checkDepth(depth);
    Budget.step();
    switch (value) {
      case null -> out.append("None");
      case Boolean flag -> out.append(flag ? "True" : "False");
      case Double number -> out.append(number(number));
      case CharSequence text -> quoted(text.toString(), out);
      case Undefined _ -> out.append("Undefined");
      case List<?> list -> sequence("[", list, "]", out, depth);
      case Tuple t -> sequence("(", t.items(), t.items().size() == 1 ? ",)" : ")", out, depth);
      case Map<?, ?> map -> dictionary(map, out, depth);
      case Namespace space -> {
        out.append("<Namespace ");
        dictionary(space.fields(), out, depth);
        out.append('>');
      }
      default -> out.append(value instanceof Long ? value.toString() : "<function>");
    }
  }

  private static void sequence(
      String open, List<?> items, String close, StringBuilder out, int depth) {
    out.append(open);
    String comma = "";
    for (Object item : items) {
      out.append(comma);
      repr(item, out, depth + 1);
      comma = ", ";
    }
    out.append(close);
  }

  private static void dictionary(Map<?, ?> map, StringBuilder out, int depth) {
    out.append('{');
    String comma = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(comma);
      repr(entry.getKey(), out, depth + 1);
      out.append(": ");
      repr(entry.getValue(), out, depth + 1);
      comma = ", ";
    }
    out.append('}');
  }

  /** In single quotes, unless only single quotes are in the text. */
  private static void quoted(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    Budget.text(text.length());
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      Budget.growing(out.length());
      escaped(text.codePointAt(i), quote, out);
    }
    out.append(quote);
  }

  private static void escaped(int c, char quote, StringBuilder out) {
    switch (c) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\\' -> out.append("\\\\");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (printable(c)) {
          out.appendCodePoint(c);
        } else {
          String digits = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
          out.append(digits.formatted(c));
        }
      }
    }
  }

  private static boolean printable(int c) {
    if (c == ' ') {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /**
   * The shortest digits that read back as the same number; an exponent below 1e-4 and from 1e16.
   */
  static String number(double x) {
    if (Double.isNaN(x)) {
      return "nan";
    }
    if (Double.isInfinite(x)) {
      return x > 0 ? "inf" : "-inf";
    }
    double magnitude = Math.abs(x);
    if (x != 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
      String[] parts = Double.toString(x).split("E", 2);
      int exponent = Integer.parseInt(parts[1]);
      String digits =
          parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
      return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    String plain = new BigDecimal(Double.toString(x)).stripTrailingZeros().toPlainString();
    boolean negativeZero = x == 0 && 1 / x < 0;
    return (negativeZero ? "-" : "") + (plain.contains(".") ? plain : plain + ".0");
  }

  static boolean equal(@Nullable Object a, @Nullable Object b) {
    return equal(a, b, 0);
  }

  private static boolean equal(@Nullable Object a, @Nullable Object b, int depth) {
    checkDepth(depth);
    Budget.step();
    if (numeric(a) != null && numeric(b) != null) {
      return compareNumbers(a, b) == 0;
    }
    return switch (a) {
      case CharSequence x when b instanceof CharSequence y -> x.toString().equals(y.toString());
      case List<?> x when b instanceof List<?> y -> equalItems(x, y, depth);
      case Tuple x when b instanceof Tuple y -> equalItems(x.items(), y.items(), depth);
      case Map<?, ?> x when b instanceof Map<?, ?> y ->
          x.size() == y.size()
              && x.entrySet().stream()
                  .allMatch(
                      e ->
                          y.containsKey(e.getKey())
                              && equal(e.getValue(), y.get(e.getKey()), depth + 1));
      case Undefined _ -> b instanceof Undefined;
      case null, default -> Objects.equals(a, b);
    };
  }

  private static boolean equalItems(List<?> a, List<?> b, int depth) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!equal(a.get(i), b.get(i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  /** A boolean counts as 0 or 1; null if it is no number. */
  static @Nullable Number numeric(@Nullable Object value) {
    return switch (value) {
      case Boolean flag -> (Long) (flag ? 1L : 0L);
      case Long number -> number;
      case Double number -> number;
      case null, default -> null;
    };
  }

  private static int compareNumbers(@Nullable Object a, @Nullable Object b) {
    Number x = Objects.requireNonNull(numeric(a));
    Number y = Objects.requireNonNull(numeric(b));
    if (x instanceof Long i && y instanceof Long j) {
      return Long.compare(i, j);
    }
    double u = x.doubleValue();
    double v = y.doubleValue();
    return u == v ? 0 : Double.compare(u, v); // -0.0 and 0.0 are equal
  }

  /** Negative, 0 or positive; an error for what has no order. */
  static int compare(@Nullable Object a, @Nullable Object b) {
    Budget.step();
    if (numeric(a) != null && numeric(b) != null) {
      return compareNumbers(a, b);
    }
    if (a instanceof CharSequence x && b instanceof CharSequence y) {
      return compareText(x.toString(), y.toString());
    }
    if (items(a) instanceof List<?> x && items(b) instanceof List<?> y) {
      for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
        if (!equal(x.get(i), y.get(i))) {
          return compare(x.get(i), y.get(i));
        }
      }
      return Integer.compare(x.size(), y.size());
    }
    for (Object value : new @Nullable Object[] {a, b}) {
      if (value instanceof Undefined undefined) {
        throw undefined.used();
      }
    }
    throw new TemplateException(
        typeName(a) + " and " + typeName(b) + " cannot be compared by order");
  }

  /** By code points, where Java's strings compare halves of surrogate pairs. */
  private static int compareText(String a, String b) {
    for (int i = 0; i < Math.min(a.length(), b.length()); i++) {
      if (a.charAt(i) != b.charAt(i)) {
        boolean halves = Character.isSurrogate(a.charAt(i)) || Character.isSurrogate(b.charAt(i));
        int x = Character.isSurrogate(a.charAt(i)) ? 0x10000 : a.charAt(i);
        int y = Character.isSurrogate(b.charAt(i)) ? 0x10000 : b.charAt(i);
        return halves && x == y
            ? Character.compare(a.charAt(i), b.charAt(i))
            : Integer.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** The items of a list or tuple; null if it is neither. */
  static @Nullable List<@Nullable Object> items(@Nullable Object value) {
    return switch (value) {
      case List<?> list -> cast(list);
      case Tuple tuple -> tuple.items();
      case null, default -> null;
    };
  }

  @SuppressWarnings("unchecked") // lists of this package hold any value
  static List<@Nullable Object> cast(List<?> list) {
    return (List<@Nullable Object>) list;
  }

  @SuppressWarnings("unchecked") // so do dictionaries
  static Map<@Nullable Object, @Nullable Object> cast(Map<?, ?> map) {
    return (Map<@Nullable Object, @Nullable Object>) map;
  }

  /** What a loop goes over: items, keys, or characters. */
  static List<@Nullable Object> iterate(@Nullable Object value) {
    Budget.items(value instanceof CharSequence text ? text.length() : 0);
    return switch (value) {
      case Undefined _ -> List.of();
      case List<?> list -> new ArrayList<>(list);
      case Tuple tuple -> tuple.items();
      case Map<?, ?> map -> new ArrayList<>(map.keySet());
      case CharSequence text ->
          new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
      case null, default ->
          throw new TemplateException(typeName(value) + " has no items to go over");
    };
  }

  static int length(@Nullable Object value) {
    return switch (value) {
      case Undefined _ -> 0;
      case List<?> list -> list.size();
      case Tuple tuple -> tuple.items().size();
      case Map<?, ?> map -> map.size();
      case CharSequence text -> (int) text.codePoints().count();
      case null, default -> throw new TemplateException(typeName(value) + " has no length");
    };
  }

  /** {@code item in container} */
  static boolean contains(@Nullable Object container, @Nullable Object item) {
    if (container instanceof CharSequence text) {
      if (item instanceof CharSequence part) {
        return text.toString().contains(part);
      }
      throw new TemplateException(typeName(item) + " cannot be looked for in a string");
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(item);
    }
    for (Iterator<@Nullable Object> i = iterate(container).iterator(); i.hasNext(); ) {
      if (equal(i.next(), item)) {
        return true;
      }
    }
    return false;
  }
}
