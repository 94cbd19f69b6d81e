/**
 * Training of vocabularies: a corpus is read once, in blocks, and only its words and their counts
 * are kept. The result does not depend on the number of threads.
 */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.train;
