package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of a SentencePiece model and its options, whatever file it came from.
 *
 * @param kind how a text becomes pieces
 * @param pieces the raw pieces in the order of their ids, with U+2581 for spaces
 * @param scores one per piece; a higher one merges first, or is the more likely. Not copied: not to
 *     be changed
 * @param types one per piece. Not copied: not to be changed
 * @param options how text is prepared
 * @param special ids of special tokens, and whether texts begin and end with them
 */
public record SentencePieceVocabulary(
    Kind kind,
    List<String> pieces,
    float[] scores,
    PieceType[] types,
    Options options,
    Special special) {

  /** What stands for a space in a piece. */
  public static final char SPACE = '\u2581';

  /** What SentencePiece decodes the unknown token to unless the model says otherwise. */
  public static final String UNK_SURFACE = " \u2047 ";

  public SentencePieceVocabulary {
    pieces = List.copyOf(pieces);
    if (scores.length != pieces.size() || types.length != pieces.size()) {
      throw new PunaException(
          "a vocabulary of %d pieces has %d scores and %d types"
              .formatted(pieces.size(), scores.length, types.length),
          "give one score and one type for each piece");
    }
  }

  /** A vocabulary for byte pair encoding. */
  public SentencePieceVocabulary(
      List<String> pieces, float[] scores, PieceType[] types, Options options, Special special) {
    this(Kind.BPE, pieces, scores, types, options, special);
  }

  /** How a text becomes pieces: {@code TrainerSpec.ModelType} of sentencepiece_model.proto. */
  public enum Kind {
    /** The most likely pieces: scores are logarithms of probabilities. */
    UNIGRAM(1),
    /** Byte pair encoding. */
    BPE(2),
    /** Each character is a piece. */
    CHARACTERS(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /** The number in ModelProto. */
    public int number() {
      return number;
    }
  }

  /** What a piece is for: {@code ModelProto.SentencePiece.Type} of sentencepiece_model.proto. */
  public enum PieceType {
    /** Made by merging. */
    NORMAL(1),
    /** Stands for characters outside the vocabulary. */
    UNKNOWN(2),
    /** Means something else than text and never comes from text. */
    CONTROL(3),
    /** Taken whole wherever the text holds it, before any merging. */
    USER_DEFINED(4),
    /** Takes part in merging, then falls apart again. */
    UNUSED(5),
    /** One byte of a character outside the vocabulary, written {@code <0x0A>}. */
    BYTE(6);

    private final int number;

    PieceType(int number) {
      this.number = number;
    }

    /** The number in ModelProto and in a GGUF's {@code tokenizer.ggml.token_type} alike. */
    public int number() {
      return number;
    }

    /** The type of a number; null if there is none. */
    public static @Nullable PieceType of(long number) {
      return number >= 1 && number <= values().length ? values()[(int) number - 1] : null;
    }
  }

  /**
   * How text is prepared and what becomes of unknown characters: from {@code NormalizerSpec} and
   * {@code TrainerSpec} of sentencepiece_model.proto.
   *
   * @param addDummyPrefix put a space in front of the text, so that its first word is a word like
   *     the others
   * @param removeExtraWhitespaces drop spaces at both ends and all but one in a row
   * @param escapeWhitespaces write spaces as U+2581
   * @param whitespaceAsSuffix put the dummy space after the text instead
   * @param byteFallback unknown characters become the {@code BYTE} pieces of their UTF-8
   * @param unkSurface what the unknown token decodes to
   * @param charsmap replacements made in the text beforehand; null for none ("identity")
   */
  public record Options(
      boolean addDummyPrefix,
      boolean removeExtraWhitespaces,
      boolean escapeWhitespaces,
      boolean whitespaceAsSuffix,
      boolean byteFallback,
      String unkSurface,
      @Nullable Charsmap charsmap) {

    /** Options of a model that leaves the characters of a text as they are. */
    public Options(
        boolean addDummyPrefix,
        boolean removeExtraWhitespaces,
        boolean escapeWhitespaces,
        boolean whitespaceAsSuffix,
        boolean byteFallback,
        String unkSurface) {
      this(
          addDummyPrefix,
          removeExtraWhitespaces,
          escapeWhitespaces,
          whitespaceAsSuffix,
          byteFallback,
          unkSurface,
          null);
    }
  }

  public int size() {
    return pieces.size();
  }

  /** The types as a GGUF's {@code tokenizer.ggml.token_type} numbers them. */
  public int[] ggmlTypes() {
    int[] numbers = new int[types.length];
    for (int id = 0; id < numbers.length; id++) {
      numbers[id] = types[id].number();
    }
    return numbers;
  }

  /** The byte that a piece such as {@code <0x0A>} stands for; -1 if it is none. */
  static int byteOf(String piece) {
    if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
      return -1;
    }
    int high = hexDigit(piece.charAt(3));
    int low = hexDigit(piece.charAt(4));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** SentencePiece writes byte pieces in capitals only. */
  private static int hexDigit(char c) {
    return "0123456789ABCDEF".indexOf(c);
  }
}
