package dev.puna.tokenizer.train;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * What SentencePieceTrainer is to train; names and defaults are SentencePiece's but for what
 * LLaMA-family models do otherwise: spaces are kept as they are, and unknown characters fall back
 * on bytes.
 *
 * @param kind {@link Kind#BPE} or {@link Kind#UNIGRAM}
 * @param size pieces in all
 * @param coverage the share of the text's characters that get pieces of their own, from 0.98 to 1
 * @param symbols pieces that are not learned
 * @param splits what no piece reaches across
 * @param options how text is prepared
 */
public record SentencePieceTraining(
    Kind kind,
    int size,
    double coverage,
    Symbols symbols,
    Splits splits,
    SentencePieceVocabulary.Options options) {

  /**
   * Pieces that are not learned, in the order of their ids after {@code <unk>}, {@code <s>} and
   * {@code </s>}; the bytes follow where the options ask for them.
   *
   * @param control tokens that mean something else than text
   * @param userDefined pieces that are taken whole wherever the text holds them
   */
  public record Symbols(List<String> control, List<String> userDefined) {
    public Symbols {
      control = List.copyOf(control);
      userDefined = List.copyOf(userDefined);
    }
  }

  /**
   * What no piece reaches across.
   *
   * @param whitespace whether a space may only begin a piece; within it otherwise too
   * @param scripts whether all characters of a piece are of one script
   * @param digits whether each digit is a piece by itself
   * @param longest the most characters of a piece
   */
  public record Splits(boolean whitespace, boolean scripts, boolean digits, int longest) {
    /** SentencePiece's defaults. */
    public static final Splits DEFAULT = new Splits(true, true, false, 16);
  }

  /** A vocabulary with the defaults. */
  public static SentencePieceTraining of(Kind kind, int size) {
    return new SentencePieceTraining(
        kind,
        size,
        0.9995,
        new Symbols(List.of(), List.of()),
        Splits.DEFAULT,
        new SentencePieceVocabulary.Options(
            true, false, true, false, true, SentencePieceVocabulary.UNK_SURFACE));
  }

  /** Throws {@link PunaException} if something asked for cannot be. */
  public SentencePieceTraining {
    if (kind == Kind.CHARACTERS) {
      throw new PunaException("a Char model cannot be trained", "train BPE or Unigram");
    }
    if (!(coverage >= 0.98 && coverage <= 1)) {
      throw new PunaException(
          "a character coverage of " + coverage + " is out of range", "take 0.98 to 1");
    }
    if (splits.longest < 1 || splits.longest > 512) {
      throw new PunaException(
          "pieces of %d characters are out of range".formatted(splits.longest), "take 1 to 512");
    }
    if (!options.escapeWhitespaces() || options.whitespaceAsSuffix()) {
      throw new PunaException(
          "only spaces written as U+2581 in front of words can be trained",
          "leave these options as they are");
    }
  }

  /** A piece that is not learned. */
  record Meta(String piece, PieceType type) {}

  /** The pieces that are not learned, in the order of their ids. */
  List<Meta> meta() {
    List<Meta> meta = new ArrayList<>();
    meta.add(new Meta("<unk>", PieceType.UNKNOWN));
    meta.add(new Meta("<s>", PieceType.CONTROL));
    meta.add(new Meta("</s>", PieceType.CONTROL));
    symbols.control.forEach(piece -> meta.add(new Meta(piece, PieceType.CONTROL)));
    symbols.userDefined.forEach(piece -> meta.add(new Meta(piece, PieceType.USER_DEFINED)));
    if (options.byteFallback()) {
      for (int value = 0; value < 256; value++) {
        meta.add(new Meta("<0x%02X>".formatted(value), PieceType.BYTE));
      }
    }
    HashSet<String> seen = new HashSet<>();
    for (Meta each : meta) {
      if (each.piece.isEmpty() || !seen.add(each.piece)) {
        throw new PunaException(
            each.piece.isEmpty()
                ? "a symbol is empty"
                : "the symbol '" + each.piece + "' is there twice",
            "name each symbol once; <unk>, <s> and </s> are there anyway");
      }
    }
    return meta;
  }
}
