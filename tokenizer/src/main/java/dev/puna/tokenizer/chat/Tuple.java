package dev.puna.tokenizer.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A list that does not change and prints in parentheses. */
record Tuple(List<@Nullable Object> items) {
  static Tuple of(@Nullable Object a, @Nullable Object b) {
    List<@Nullable Object> both = new java.util.ArrayList<>(2);
    both.add(a);
    both.add(b);
    return new Tuple(both);
  }
}
