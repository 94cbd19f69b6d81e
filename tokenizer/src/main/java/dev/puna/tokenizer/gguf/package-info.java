/** The keys tokenizer.ggml.* of a GGUF file, read and written. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.gguf;
