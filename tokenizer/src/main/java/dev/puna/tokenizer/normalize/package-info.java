/** Normalizers: how a text is rewritten before it is cut into words. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.normalize;
