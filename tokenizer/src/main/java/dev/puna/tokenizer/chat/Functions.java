package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template can call, besides {@code strftime_now}. */
final class Functions {
  private Functions() {}

  static Map<String, Callable> all() {
    return Map.of(
        "range", given -> range(given),
        "namespace", given -> new Namespace(fields(given)),
        "dict", given -> new LinkedHashMap<>(fields(given)),
        "raise_exception",
            given -> {
              throw new RefusedException(Python.text(given.required(0, "message")));
            });
  }

  private static List<@Nullable Object> range(Given given) {
    long first = given.integer(0, "start", 0);
    boolean one = given.size() == 1;
    long from = one ? 0 : first;
    long to = one ? first : given.integer(1, "stop", 0);
    long step = given.integer(2, "step", 1);
    if (given.size() == 0 || step == 0) {
      throw new TemplateException("'range' wants an end, and a step that is not 0");
    }
    double count = Math.ceil(((double) to - from) / step);
    Budget.items((long) Math.max(0, count));
    List<@Nullable Object> numbers = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      numbers.add(i);
    }
    return numbers;
  }

  /** Named arguments, on top of those of a dictionary or of pairs. */
  private static Map<String, @Nullable Object> fields(Given given) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (!given.positional().isEmpty()) {
      Object first = given.positional().getFirst();
      if (first instanceof Map<?, ?> map) {
        map.forEach((key, value) -> fields.put(Python.text(key), value));
      } else {
        for (Object pair : Python.iterate(first)) {
          List<@Nullable Object> both = Python.iterate(pair);
          if (both.size() != 2) {
            throw new TemplateException("'" + given.name() + "' wants pairs");
          }
          fields.put(Python.text(both.get(0)), both.get(1));
        }
      }
    }
    fields.putAll(given.named());
    return fields;
  }
}
