/** How a word becomes ids: byte pair encoding, Unigram, WordPiece, WordLevel. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.vocabulary;
