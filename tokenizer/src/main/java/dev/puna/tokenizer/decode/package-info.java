/** Decoders: how the pieces of ids become text again, one id at a time. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.decode;
