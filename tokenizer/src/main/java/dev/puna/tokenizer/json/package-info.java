/** Reads tokenizer.json, the file of the library `tokenizers`. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.json;
