/**
 * Chat templates: a conversation to the text that a model was trained on. The templates are
 * programs in a subset of Jinja2, as tokenizer_config.json and GGUF files carry them; {@link
 * dev.puna.tokenizer.chat.ChatTemplate} compiles and runs them within bounds.
 */
@NullMarked
package dev.puna.tokenizer.chat;

import org.jspecify.annotations.NullMarked;
