package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The methods of strings, dictionaries and lists. */
final class Methods {
  private Methods() {}

  /** The method of a value, bound to it; null if it has none of that name. */
  static @Nullable Callable find(@Nullable Object target, String name) {
    return switch (target) {
      case CharSequence text -> ofText(text.toString(), name);
      case Map<?, ?> map -> ofDictionary(Python.cast(map), name);
      case List<?> list -> ListMethods.find(Python.cast(list), name);
      case null, default -> null;
    };
  }

  private static @Nullable Callable ofText(String s, String name) {
    return switch (name) {
      case "strip" -> given -> Texts.strip(s, characters(given), true, true);
      case "lstrip" -> given -> Texts.strip(s, characters(given), true, false);
      case "rstrip" -> given -> Texts.strip(s, characters(given), false, true);
      case "split" -> given -> texts(Texts.split(s, separator(given), cuts(given)));
      case "rsplit" -> given -> texts(Texts.splitFromEnd(s, separator(given), cuts(given)));
      case "splitlines" -> given -> texts(Texts.lines(s, given.flag(0, "keepends", false)));
      case "partition" -> given -> partition(s, given.text(0, "sep"), true);
      case "rpartition" -> given -> partition(s, given.text(0, "sep"), false);
      case "startswith" -> given -> anyOf(given, s::startsWith);
      case "endswith" -> given -> anyOf(given, s::endsWith);
      case "removeprefix" ->
          given -> {
            String prefix = given.text(0, "prefix");
            return s.startsWith(prefix) ? s.substring(prefix.length()) : s;
          };
      case "removesuffix" ->
          given -> {
            String suffix = given.text(0, "suffix");
            return s.endsWith(suffix) ? s.substring(0, s.length() - suffix.length()) : s;
          };
      case "replace" ->
          given ->
              Texts.replaced(
                  s, given.text(0, "old"), given.text(1, "new"), given.integer(2, "count", -1));
      case "join" -> given -> joined(s, Python.iterate(given.required(0, "iterable")));
      default -> moreOfText(s, name);
    };
  }

  private static @Nullable Callable moreOfText(String s, String name) {
    return switch (name) {
      case "upper" -> given -> s.toUpperCase(Locale.ROOT);
      case "lower", "casefold" -> given -> s.toLowerCase(Locale.ROOT);
      case "capitalize" -> given -> Texts.capitalized(s);
      case "title" -> given -> Texts.titled(s);
      case "find" -> given -> points(s, s.indexOf(given.text(0, "sub")));
      case "rfind" -> given -> points(s, s.lastIndexOf(given.text(0, "sub")));
      case "index" ->
          given -> {
            long at = points(s, s.indexOf(given.text(0, "sub")));
            if (at < 0) {
              throw new TemplateException("'index' does not find what it looks for");
            }
            return at;
          };
      case "count" -> given -> Texts.split(s, given.text(0, "sub"), -1).size() - 1L;
      case "isdigit", "isnumeric", "isdecimal" -> given -> Texts.all(s, Character::isDigit);
      case "isalpha" -> given -> Texts.all(s, Character::isLetter);
      case "isalnum" -> given -> Texts.all(s, Character::isLetterOrDigit);
      case "isspace" -> given -> Texts.all(s, Whitespace::is);
      case "islower" -> given -> Texts.isLower(s);
      case "isupper" -> given -> Texts.isUpper(s);
      case "center" -> given -> padded(s, given, 0.5);
      case "ljust" -> given -> padded(s, given, 0);
      case "rjust" -> given -> padded(s, given, 1);
      case "zfill" -> given -> zeros(s, given.integer(0, "width", 0));
      case "format" -> given -> BraceFormat.format(s, given);
      default -> null;
    };
  }

  private static @Nullable String characters(Given given) {
    return given.get(0, "chars", null) == null ? null : given.text(0, "chars");
  }

  private static @Nullable String separator(Given given) {
    return given.get(0, "sep", null) == null ? null : given.text(0, "sep");
  }

  private static long cuts(Given given) {
    return given.integer(1, "maxsplit", -1);
  }

  private static List<@Nullable Object> texts(List<String> parts) {
    Budget.items(parts.size());
    return new ArrayList<>(parts);
  }

  private static Tuple partition(String s, String separator, boolean first) {
    int at = first ? s.indexOf(separator) : s.lastIndexOf(separator);
    List<@Nullable Object> parts = new ArrayList<>();
    if (at < 0) {
      parts.addAll(first ? List.of(s, "", "") : List.of("", "", s));
    } else {
      parts.addAll(List.of(s.substring(0, at), separator, s.substring(at + separator.length())));
    }
    return new Tuple(parts);
  }

  /** One string, or a tuple of which any will do. */
  private static Object anyOf(Given given, java.util.function.Predicate<String> test) {
    List<@Nullable Object> several = Python.items(given.required(0, "prefix"));
    return several == null
        ? test.test(given.text(0, "prefix"))
        : several.stream().anyMatch(part -> test.test(Python.text(part)));
  }

  /** A string's items one after the other, with it between them. */
  private static String joined(String between, List<@Nullable Object> parts) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      if (!(parts.get(i) instanceof CharSequence part)) {
        throw new TemplateException("'join' wants strings, not " + Python.typeName(parts.get(i)));
      }
      out.append(i == 0 ? "" : between).append(part);
      Budget.text(out.length());
    }
    return out.toString();
  }

  /** An index of Java's as one of code points; -1 stays -1. */
  private static long points(String s, int index) {
    return index < 0 ? -1 : s.codePointCount(0, index);
  }

  private static String padded(String s, Given given, double share) {
    String fill = given.text(1, "fillchar", " ");
    return Texts.padded(s, given.integer(0, "width", 0), fill, share);
  }

  private static String zeros(String s, long width) {
    int sign = s.startsWith("-") || s.startsWith("+") ? 1 : 0;
    return s.substring(0, sign) + Texts.padded(s.substring(sign), width - sign, "0", 1);
  }

  private static @Nullable Callable ofDictionary(
      Map<@Nullable Object, @Nullable Object> map, String name) {
    return switch (name) {
      case "get" ->
          given ->
              map.getOrDefault(
                  Evaluator.key(given.required(0, "key")), given.get(1, "default", null));
      case "keys" -> given -> new ArrayList<>(map.keySet());
      case "values" -> given -> new ArrayList<>(map.values());
      case "items" -> given -> items(map);
      case "copy" -> given -> new LinkedHashMap<>(map);
      default -> changing(map, name);
    };
  }

  /** Those that change the dictionary. */
  private static @Nullable Callable changing(
      Map<@Nullable Object, @Nullable Object> map, String name) {
    return switch (name) {
      case "pop" ->
          given -> {
            Object key = Evaluator.key(given.required(0, "key"));
            if (!map.containsKey(key) && !given.has(1, "default")) {
              throw new TemplateException("'pop' finds no '" + Python.text(key) + "'");
            }
            return map.containsKey(key) ? map.remove(key) : given.get(1, "default", null);
          };
      case "setdefault" ->
          given -> {
            Object key = Evaluator.key(given.required(0, "key"));
            if (!map.containsKey(key)) {
              map.put(key, given.get(1, "default", null));
            }
            return map.get(key);
          };
      case "update" ->
          given -> {
            if (Objects.requireNonNullElse(given.get(0, "other", null), Map.of())
                instanceof Map<?, ?> other) {
              map.putAll(other);
            }
            map.putAll(given.named());
            return null;
          };
      case "clear" ->
          given -> {
            map.clear();
            return null;
          };
      default -> null;
    };
  }

  /** A dictionary's pairs. */
  static List<@Nullable Object> items(Map<?, ?> map) {
    List<@Nullable Object> pairs = new ArrayList<>();
    map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
    return pairs;
  }
}
