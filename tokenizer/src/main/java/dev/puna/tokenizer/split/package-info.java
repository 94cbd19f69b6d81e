/** Pre-tokenizers: how a text is cut into words before a vocabulary sees it. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.split;
