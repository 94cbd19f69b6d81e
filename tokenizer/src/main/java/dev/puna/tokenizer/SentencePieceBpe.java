package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.gguf.GgufPairs;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.CharacterPairs;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.util.BitSet;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Byte pair encoding over the characters of a text, as SentencePiece's BPE models do it, with the
 * bytes of characters outside the vocabulary where the model has byte pieces.
 */
public final class SentencePieceBpe implements Tokenizer {
  private static final int NONE = -1;

  private final SentencePieceVocabulary vocabulary;

  /** Pieces that text can become. */
  private final PieceTable fromText;

  /** The others: control tokens, the unknown token, bytes. */
  private final PieceTable reserved;

  private final ByteTrie specials;
  private final EncodingRules rules;

  /** Throws {@link PunaException} if the vocabulary cannot encode every text. */
  public SentencePieceBpe(SentencePieceVocabulary vocabulary) {
    this.vocabulary = vocabulary;
    PieceType[] types = vocabulary.types();
    fromText = new PieceTable(vocabulary.pieces(), id -> isFromText(types[id]));
    reserved = new PieceTable(vocabulary.pieces(), id -> !isFromText(types[id]));
    specials = new ByteTrie();
    ByteTrie userDefined = new ByteTrie();
    BitSet unused = new BitSet();
    for (int id = 0; id < types.length; id++) {
      switch (types[id]) {
        case USER_DEFINED -> userDefined.add(bytes(id), id);
        case CONTROL, UNKNOWN -> specials.add(bytes(id), id);
        case UNUSED -> unused.set(id);
        case NORMAL, BYTE -> {}
      }
    }
    rules =
        new EncodingRules(
            new SentencePieceNormalizer(vocabulary.options(), userDefined, fromText),
            fromText,
            userDefined,
            ranks(vocabulary.scores()),
            unused,
            pairs(),
            byteIds(),
            unknown());
    if (rules.unknown() == NONE && rules.byteIds().length == 0) {
      throw new PunaException(
          "the vocabulary has neither byte pieces nor an unknown piece",
          "take a vocabulary with one of them, or characters outside of it cannot be encoded");
    }
  }

  private static boolean isFromText(PieceType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> true;
      case UNKNOWN, CONTROL, BYTE -> false;
    };
  }

  private byte[] bytes(int id) {
    return Utf8.bytes(vocabulary.pieces().get(id));
  }

  /** Scores as integers, the best one smallest: they sort together with a position in one long. */
  private static int[] ranks(float[] scores) {
    int[] ranks = new int[scores.length];
    for (int id = 0; id < ranks.length; id++) {
      // Adding zero makes 0 and -0 one score.
      int bits = Float.floatToRawIntBits(scores[id] + 0f);
      ranks[id] = ~(bits ^ bits >> 31 & Integer.MAX_VALUE);
    }
    return ranks;
  }

  private CharacterPairs pairs() {
    byte[] bytes = fromText.bytes();
    CharacterPairs pairs = new CharacterPairs(bytes.length);
    for (int id = 0; id < size(); id++) {
      // User-defined pieces are never merged from parts: pairs within them bind nothing.
      if (vocabulary.types()[id] == PieceType.USER_DEFINED) {
        continue;
      }
      int end = fromText.start(id) + fromText.length(id);
      int left = 0;
      int length;
      for (int at = fromText.start(id); at < end; at += length) {
        length = Math.min(Utf8.length(bytes[at]), end - at);
        int right = CharacterPairs.character(bytes, at, length);
        if (at > fromText.start(id)) {
          pairs.add(left, right);
        }
        left = right;
      }
    }
    return pairs;
  }

  /** The ids of the 256 byte pieces; empty without byte fallback. */
  private int[] byteIds() {
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

  private int unknown() {
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

  @Override
  public int size() {
    return vocabulary.size();
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = Utf8.bytes(text);
    IntArray ids = new IntArray();
    encode(bytes, 0, bytes.length, ids);
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
      if (special == NONE) {
        at++;
        continue;
      }
      encode(bytes, from, at, ids);
      ids.add(special);
      at += reserved.length(special);
      from = at;
    }
    encode(bytes, from, at, ids);
    return ids.toArray();
  }

  private void encode(byte[] text, int from, int to, IntArray ids) {
    if (from < to) {
      new Encoding(rules, text, from, to, ids).run();
    }
  }

  @Override
  public String decode(int... ids) {
    Detokenizer detokenizer = detokenizer(true);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(detokenizer.next(id));
    }
    return text.append(detokenizer.finish()).toString();
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
  public SequencedMap<String, Object> ggufPairs(int rows) {
    return GgufPairs.of(vocabulary, rows);
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
