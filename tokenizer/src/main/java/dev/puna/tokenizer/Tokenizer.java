package dev.puna.tokenizer;

import java.util.OptionalInt;

/**
 * Text to token ids and back. Implementations are immutable: any number of threads may share one.
 *
 * <p>Lone surrogates in a text count as U+FFFD, since a vocabulary is made of UTF-8. Ids outside
 * the vocabulary throw {@link dev.puna.tensor.PunaException}.
 */
public interface Tokenizer {
  /** The number of pieces in the vocabulary; ids are 0 to {@code size() - 1}. */
  int size();

  /**
   * The ids of a text. No special tokens are added, and the text of special tokens is plain text.
   */
  int[] encode(String text);

  /**
   * The ids of a text in which the names of control tokens, such as {@code </s>}, stand for those
   * tokens: leftmost first, the longest where several begin. Each stretch between them is encoded
   * by itself, so it gets a dummy prefix of its own where the model asks for one.
   */
  int[] encodeSpecial(String text);

  /** The text of ids, as if they began a text. Control tokens have none. */
  String decode(int... ids);

  /** The raw piece, such as {@code ▁Hello}, {@code <0x0A>} or {@code <s>}. */
  String piece(int id);

  /** The id of a raw piece. */
  OptionalInt id(String piece);

  /** The tokens that mean something else than text. */
  Special special();

  /**
   * A decoder for ids that come one by one.
   *
   * @param atTextStart whether the ids begin a text: then the space that encoding put in front of
   *     the text is taken off again, as {@link #decode} does
   */
  Detokenizer detokenizer(boolean atTextStart);
}
