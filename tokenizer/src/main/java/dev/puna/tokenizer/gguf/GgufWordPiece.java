package dev.puna.tokenizer.gguf;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.PieceDecoder;
import dev.puna.tokenizer.normalize.Bert;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.CharacterSplit;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.WordPiece;
import java.util.List;
import java.util.OptionalInt;

/**
 * WordPiece from a GGUF file: {@code tokenizer.ggml.model} is "bert". Pieces that begin a word have
 * U+2581 in front, those that go on have no mark.
 */
public final class GgufWordPiece {
  /** What begins a word. */
  public static final String MARK = "\u2581";

  private static final int LONGEST_WORD = 100;

  // What BERT's vocabularies have and llama.cpp takes if a file does not say.
  private static final int CLS = 101;
  private static final int SEP = 102;
  private static final int UNKNOWN = 100;
  private static final int PADDING = 0;

  private GgufWordPiece() {}

  /** The tokenizer; throws {@link PunaException} if it is damaged. */
  public static Tokenizer read(GgufKeys keys) {
    Pieces pieces = new Pieces(keys.tokens().toArray(String[]::new));
    PieceType[] types = keys.types();
    OptionalInt unk = keys.id("unknown", UNKNOWN);
    if (unk.isEmpty()) {
      throw new PunaException(keys.where() + " has no unknown token", GgufKeys.MEND);
    }
    boolean lowers = keys.flag("normalizer.lowercase", true);
    return new Pipeline(
        new Pipeline.Parts(
            pieces,
            keys.added(types),
            new Bert(true, true, keys.flag("normalizer.strip_accents", lowers), lowers),
            CharacterSplit.bert(),
            new WordPiece(
                pieces.size(),
                id -> types[id] == PieceType.NORMAL ? beginning(pieces.get(id)) : "",
                id -> types[id] == PieceType.NORMAL ? continuing(pieces.get(id)) : "",
                unk.getAsInt(),
                LONGEST_WORD),
            PieceDecoder.markedWords(MARK, pieces.get(unk.getAsInt())),
            keys.special(
                keys.id(List.of("bos", "cls"), CLS),
                keys.id(List.of("eos", "seperator", "separator"), SEP),
                unk,
                PADDING,
                true,
                true),
            unk.getAsInt(),
            new WordPieceForm("")));
  }

  private static String beginning(String piece) {
    return piece.startsWith(MARK) ? piece.substring(MARK.length()) : "";
  }

  private static String continuing(String piece) {
    return piece.startsWith(MARK) ? "" : piece;
  }
}
