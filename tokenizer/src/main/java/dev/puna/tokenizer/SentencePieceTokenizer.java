package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.util.OptionalInt;

/**
 * What SentencePiece's kinds of models have in common: pieces and their types, special tokens,
 * decoding. Each kind finds the pieces of a text in its own way.
 */
public abstract sealed class SentencePieceTokenizer implements Tokenizer
    permits SentencePieceBpe, SentencePieceUnigram, SentencePieceCharacters {
  static final int NONE = -1;

  private final SentencePieceVocabulary vocabulary;

  /** Pieces that text can become. */
  private final PieceTable fromText;

  /** The others: control tokens, the unknown token, bytes. */
  private final PieceTable reserved;

  private final ByteTrie specials = new ByteTrie();
  private final ByteTrie userDefined = new ByteTrie();
  private final int[] byteIds;
  private final int unknown;

  SentencePieceTokenizer(SentencePieceVocabulary vocabulary) {
    this.vocabulary = vocabulary;
    PieceType[] types = vocabulary.types();
    fromText = new PieceTable(vocabulary.pieces(), id -> isFromText(types[id]));
    reserved = new PieceTable(vocabulary.pieces(), id -> !isFromText(types[id]));
    for (int id = 0; id < types.length; id++) {
      switch (types[id]) {
        case USER_DEFINED -> userDefined.add(pieceBytes(id), id);
        case CONTROL, UNKNOWN -> specials.add(pieceBytes(id), id);
        case NORMAL, UNUSED, BYTE -> {}
      }
    }
    byteIds = findByteIds();
    unknown = findUnknown();
    if (unknown == NONE && byteIds.length == 0) {
      throw new PunaException(
          "the vocabulary has neither byte pieces nor an unknown piece",
          "take a vocabulary with one of them, or characters outside of it cannot be encoded");
    }
  }

  /** The tokenizer of a vocabulary; throws {@link PunaException} if it cannot encode every text. */
  public static SentencePieceTokenizer of(SentencePieceVocabulary vocabulary) {
    return switch (vocabulary.kind()) {
      case BPE -> new SentencePieceBpe(vocabulary);
      case UNIGRAM -> new SentencePieceUnigram(vocabulary);
      case CHARACTERS -> new SentencePieceCharacters(vocabulary);
    };
  }

  static boolean isFromText(PieceType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> true;
      case UNKNOWN, CONTROL, BYTE -> false;
    };
  }

  private byte[] pieceBytes(int id) {
    return Utf8.bytes(vocabulary.pieces().get(id));
  }

  private int[] findByteIds() {
    if (!vocabulary.options().byteFallback()) {
      return new int[0];
    }
    int[] ids = new int[256];
    for (int value = 0; value < ids.length; value++) {
      String piece = "<0x%02X>".formatted(value);
      ids[value] = find(reserved, piece);
      if (ids[value] == NONE) {
        throw new PunaException(
            "the vocabulary falls back on bytes, but has no piece " + piece,
            "fetch the tokenizer's file again");
      }
    }
    return ids;
  }

  private int findUnknown() {
    OptionalInt unk = vocabulary.special().unk();
    if (unk.isPresent()) {
      return unk.getAsInt();
    }
    for (int id = 0; id < size(); id++) {
      if (vocabulary.types()[id] == PieceType.UNKNOWN) {
        return id;
      }
    }
    return NONE;
  }

  /** The vocabulary this tokenizer was made of. */
  public SentencePieceVocabulary vocabulary() {
    return vocabulary;
  }

  /** Finds the pieces that text can become. */
  PieceTable fromText() {
    return fromText;
  }

  ByteTrie userDefined() {
    return userDefined;
  }

  /** The ids of the 256 byte pieces; empty without byte fallback. */
  int[] byteIds() {
    return byteIds;
  }

  /** The id of the unknown token; -1 for none. */
  int unknown() {
    return unknown;
  }

  SentencePieceNormalizer normalizer() {
    return new SentencePieceNormalizer(vocabulary.options(), userDefined, fromText);
  }

  /** Appends the ids of a stretch of UTF-8 that is not empty. */
  abstract void encode(byte[] text, int from, int to, IntArray ids);

  @Override
  public int size() {
    return vocabulary.size();
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = Utf8.bytes(text);
    IntArray ids = new IntArray();
    stretch(bytes, 0, bytes.length, ids);
    return ids.toArray();
  }

  @Override
  public int[] encodeSpecial(String text) {
    byte[] bytes = Utf8.bytes(text);
    IntArray ids = new IntArray();
    int from = 0;
    int at = 0;
    while (at < bytes.length) {
      int special = specials.longest(bytes, at, bytes.length);
      boolean follows = at == from && at > 0;
      if (special == NONE || isWord(special) && !follows) {
        at++;
        continue;
      }
      stretch(bytes, from, at, ids);
      ids.add(special);
      at += reserved.length(special);
      from = at;
    }
    stretch(bytes, from, at, ids);
    return ids.toArray();
  }

  /** A name that words may hold, such as "sop": it means the token only behind another one. */
  private boolean isWord(int special) {
    return piece(special).chars().allMatch(Character::isLetter);
  }

  private void stretch(byte[] text, int from, int to, IntArray ids) {
    if (from < to) {
      encode(text, from, to, ids);
    }
  }

  @Override
  public String piece(int id) {
    if (id < 0 || id >= size()) {
      throw new PunaException(
          "token id " + id + " is outside the vocabulary",
          "give ids from 0 to %d, or take the tokenizer that belongs to the model"
              .formatted(size() - 1));
    }
    return vocabulary.pieces().get(id);
  }

  @Override
  public byte[] bytes(int id) {
    String piece = piece(id);
    return switch (vocabulary.types()[id]) {
      case CONTROL -> new byte[0];
      case UNKNOWN -> Utf8.bytes(vocabulary.options().unkSurface());
      case BYTE -> new byte[] {(byte) SentencePieceVocabulary.byteOf(piece)};
      case NORMAL, USER_DEFINED, UNUSED ->
          Utf8.bytes(piece.replace(SentencePieceVocabulary.SPACE, ' '));
    };
  }

  /** As SentencePiece's {@code PieceToId}: control tokens, the unknown token and bytes first. */
  @Override
  public OptionalInt id(String piece) {
    int id = find(reserved, piece);
    if (id == NONE) {
      id = find(fromText, piece);
    }
    return id == NONE ? OptionalInt.empty() : OptionalInt.of(id);
  }

  private static int find(PieceTable table, String piece) {
    byte[] bytes = Utf8.bytes(piece);
    return table.find(bytes, 0, bytes.length);
  }

  @Override
  public Special special() {
    return vocabulary.special();
  }

  @Override
  public Detokenizer detokenizer(boolean atTextStart) {
    return new SentencePieceDetokenizer(this, atTextStart);
  }
}
