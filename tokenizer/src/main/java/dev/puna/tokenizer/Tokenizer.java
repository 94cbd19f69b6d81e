package dev.puna.tokenizer;

import java.util.OptionalInt;
import java.util.SequencedMap;

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
   * The ids of a text. No special tokens are added, and the text of special tokens is plain text;
   * tokens that were added to a vocabulary but mean text, such as {@code <tool_call>}, are found.
   */
  int[] encode(String text);

  /**
   * The ids of a text in which the names of control tokens, such as {@code </s>}, stand for those
   * tokens: leftmost first, the longest where several begin. Each stretch between them is encoded
   * by itself, so it gets a dummy prefix of its own where the model asks for one.
   */
  int[] encodeSpecial(String text);

  /**
   * The text of ids, as if they began a text. Control tokens have none; the unknown token has one,
   * so that it shows.
   */
  default String decode(int... ids) {
    Detokenizer detokenizer = detokenizer(true);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.next(id));
    }
    return text.append(detokenizer.finish()).toString();
  }

  /** The raw piece, such as {@code ▁Hello}, {@code <0x0A>} or {@code <s>}. */
  String piece(int id);

  /**
   * The bytes that a token adds in the middle of a text; some are no whole characters. None for
   * control tokens. Where the text of a piece depends on the one behind it, as that of a suffix
   * that ends words does, these are the bytes in front of another word.
   *
   * <p>At the start of a text there may be a space less, see {@link #detokenizer}.
   */
  byte[] bytes(int id);

  /** The id of a raw piece. */
  OptionalInt id(String piece);

  /** The tokens that mean something else than text. */
  Special special();

  /**
   * What a GGUF file says about this tokenizer: the keys {@code tokenizer.ggml.*}, of which {@link
   * GgufVocabulary#read} makes a tokenizer with the same ids.
   *
   * @param rows the rows of the model's embedding table; unused pieces fill up to them
   * @throws dev.puna.tensor.PunaException if GGUF cannot express the tokenizer
   */
  SequencedMap<String, Object> ggufPairs(int rows);

  /**
   * A decoder for ids that come one by one.
   *
   * @param atTextStart whether the ids begin a text: then the space that encoding put in front of
   *     the text is taken off again, as {@link #decode} does
   */
  Detokenizer detokenizer(boolean atTextStart);
}
