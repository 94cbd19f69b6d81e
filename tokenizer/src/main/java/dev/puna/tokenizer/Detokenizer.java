package dev.puna.tokenizer;

/**
 * Ids in, whole characters out: the bytes of half a character wait until the rest is there. What
 * all calls return together is what {@link Tokenizer#decode} returns for all ids. Not for several
 * threads at once.
 */
public interface Detokenizer {
  /** The characters that this id completes; often none. */
  String next(int id);

  /** Ends the text: what is left, with U+FFFD for each byte of an incomplete character. */
  String finish();
}
