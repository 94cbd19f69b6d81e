package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The methods of lists; a list in which a template puts itself is stopped by the Budget. */
final class ListMethods {
  private ListMethods() {}

  static @Nullable Callable find(List<@Nullable Object> list, String name) {
    return switch (name) {
      case "append" ->
          given -> {
            Budget.items(list.size() + 1L);
            list.add(given.required(0, "object"));
            return null;
          };
      case "extend" ->
          given -> {
            List<@Nullable Object> more = Python.iterate(given.required(0, "iterable"));
            Budget.items((long) list.size() + more.size());
            list.addAll(more);
            return null;
          };
      case "insert" ->
          given -> {
            Budget.items(list.size() + 1L);
            list.add(place(given.integer(0, "index", 0), list.size()), given.required(1, "object"));
            return null;
          };
      case "pop" ->
          given -> {
            long index = given.integer(0, "index", -1);
            long at = index < 0 ? index + list.size() : index;
            if (at < 0 || at >= list.size()) {
              throw new TemplateException("'pop' finds no item " + index);
            }
            return list.remove((int) at);
          };
      default -> others(list, name);
    };
  }

  private static @Nullable Callable others(List<@Nullable Object> list, String name) {
    return switch (name) {
      case "index" ->
          given -> {
            Object wanted = given.required(0, "value");
            for (int i = 0; i < list.size(); i++) {
              if (Python.equal(list.get(i), wanted)) {
                return (long) i;
              }
            }
            throw new TemplateException("'index' does not find what it looks for");
          };
      case "count" ->
          given -> {
            Object wanted = given.required(0, "value");
            return list.stream().filter(item -> Python.equal(item, wanted)).count();
          };
      case "reverse" ->
          given -> {
            Collections.reverse(list);
            return null;
          };
      case "copy" -> given -> new ArrayList<>(list);
      case "clear" ->
          given -> {
            list.clear();
            return null;
          };
      default -> null;
    };
  }

  private static int place(long index, int size) {
    return (int) Math.clamp(index < 0 ? index + size : index, 0, size);
  }
}
