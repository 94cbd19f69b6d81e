package dev.puna.tokenizer.chat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values; one that is not here is looked for in the scope around it. */
final class Scope {
  private final @Nullable Scope parent;
  private final Map<String, @Nullable Object> values = new HashMap<>();

  Scope(@Nullable Scope parent) {
    this.parent = parent;
  }

  void set(String name, @Nullable Object value) {
    values.put(name, value);
  }

  @Nullable Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      if (scope.values.containsKey(name)) {
        return scope.values.get(name);
      }
    }
    return new Undefined("'" + name + "'");
  }
}
