/** The tokenizer that is put together of a normalizer, a pre-tokenizer, a vocabulary, a decoder. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.pipeline;
