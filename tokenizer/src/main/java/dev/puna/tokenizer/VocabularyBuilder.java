package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.text.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Gathers the pieces of a vocabulary from a file and refuses those that cannot be right. */
final class VocabularyBuilder {
  /** SentencePiece's own limit, in bytes of UTF-8: it keeps merging and re-splitting bounded. */
  static final int PIECE_LIMIT = 8000;

  private final String where;
  private final String mend;
  private final List<String> pieces = new ArrayList<>();
  private final List<PieceType> types = new ArrayList<>();
  private float[] scores = new float[1024];

  /**
   * @param where the file, for messages
   * @param mend what the user can do about a damaged one
   */
  VocabularyBuilder(String where, String mend) {
    this.where = where;
    this.mend = mend;
  }

  void add(String piece, float score, PieceType type) {
    int id = pieces.size();
    if (Float.isNaN(score)) {
      throw damaged("the score of piece " + id + " is not a number");
    }
    if (type == PieceType.BYTE && SentencePieceVocabulary.byteOf(piece) < 0) {
      throw damaged("piece " + id + " is a byte, but not written like <0x0A>");
    }
    if (Utf8.length(piece) >= PIECE_LIMIT) {
      throw damaged("piece " + id + " is longer than " + PIECE_LIMIT + " bytes");
    }
    if (id == scores.length) {
      scores = Arrays.copyOf(scores, 2 * id);
    }
    scores[id] = score;
    pieces.add(piece);
    types.add(type);
  }

  /** The id of a piece of a type. */
  OptionalInt find(String piece, PieceType type) {
    for (int id = 0; id < pieces.size(); id++) {
      if (types.get(id) == type && pieces.get(id).equals(piece)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** Whether each of the 256 byte values has its piece. */
  boolean hasAllBytes() {
    boolean[] found = new boolean[256];
    int count = 0;
    for (int id = 0; id < pieces.size(); id++) {
      if (types.get(id) == PieceType.BYTE) {
        int value = SentencePieceVocabulary.byteOf(pieces.get(id));
        count += found[value] ? 0 : 1;
        found[value] = true;
      }
    }
    return count == 256;
  }

  SentencePieceVocabulary build(Kind kind, Options options, Special special) {
    if (pieces.isEmpty()) {
      throw damaged("it holds no pieces");
    }
    if (options.byteFallback() ? !hasAllBytes() : !types.contains(PieceType.UNKNOWN)) {
      throw damaged("it has neither all 256 byte pieces nor an unknown piece");
    }
    return new SentencePieceVocabulary(
        kind,
        pieces,
        Arrays.copyOf(scores, pieces.size()),
        types.toArray(PieceType[]::new),
        options,
        special);
  }

  PunaException damaged(String what) {
    return new PunaException(where + ": " + what, mend);
  }
}
