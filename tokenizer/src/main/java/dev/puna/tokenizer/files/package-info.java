/** Vocabularies in files of their own: tiktoken, Tekken, vocab.json with merges.txt, vocab.txt. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.files;
