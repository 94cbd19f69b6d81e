package dev.puna.tokenizer.chat;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code namespace(...)}: fields that a loop's body can set for what comes after the loop. */
record Namespace(Map<String, @Nullable Object> fields) {}
