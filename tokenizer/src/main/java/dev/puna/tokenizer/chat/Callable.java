package dev.puna.tokenizer.chat;

import org.jspecify.annotations.Nullable;

/** What can be called: a macro, a function, a method bound to its object. */
interface Callable {
  @Nullable Object call(Given given);
}
