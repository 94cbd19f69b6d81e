/** The regular expressions that tokenizers cut text with, matched in linear time and flat stack. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.pattern;
