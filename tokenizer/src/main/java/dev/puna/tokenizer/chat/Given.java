package dev.puna.tokenizer.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The evaluated arguments of a call.
 *
 * @param name of what is called, for errors
 */
record Given(String name, List<@Nullable Object> positional, Map<String, @Nullable Object> named) {

  int size() {
    return positional.size() + named.size();
  }

  boolean has(int index, String argument) {
    return index < positional.size() || named.containsKey(argument);
  }

  @Nullable Object get(int index, String argument, @Nullable Object otherwise) {
    if (index < positional.size()) {
      return positional.get(index);
    }
    return named.containsKey(argument) ? named.get(argument) : otherwise;
  }

  @Nullable Object required(int index, String argument) {
    if (!has(index, argument)) {
      throw new TemplateException("'" + name + "' lacks its argument '" + argument + "'");
    }
    return get(index, argument, null);
  }

  String text(int index, String argument) {
    return asText(required(index, argument), argument);
  }

  String text(int index, String argument, String otherwise) {
    Object value = get(index, argument, null);
    return value == null ? otherwise : asText(value, argument);
  }

  private String asText(@Nullable Object value, String argument) {
    if (value instanceof CharSequence text) {
      return text.toString();
    }
    throw wrong(value, argument, "a string");
  }

  long integer(int index, String argument, long otherwise) {
    Object value = get(index, argument, null);
    return switch (value) {
      case null -> otherwise;
      case Long number -> number;
      case Boolean flag -> flag ? 1 : 0;
      default -> throw wrong(value, argument, "an integer");
    };
  }

  boolean flag(int index, String argument, boolean otherwise) {
    return has(index, argument) ? Python.truth(get(index, argument, null)) : otherwise;
  }

  private TemplateException wrong(@Nullable Object value, String argument, String wanted) {
    if (value instanceof Undefined undefined) {
      return undefined.used();
    }
    return new TemplateException(
        "argument '%s' of '%s' is %s, where %s is expected"
            .formatted(argument, name, Python.typeName(value), wanted));
  }

  /** Without the first arguments, as a filter hands them on to another one. */
  Given rest(String next, int from) {
    return new Given(
        next,
        positional.subList(Math.min(from, positional.size()), positional.size()),
        new LinkedHashMap<>(named));
  }
}
