package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.CharacterPairs;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;

/**
 * Byte pair encoding of the characters of a word, which may be a whole text: it is cut where two
 * characters meet that no piece has side by side, since no merge reaches across.
 */
public final class CharacterBpe implements WordModel {
  private static final int NONE = -1;

  /**
   * What merging leaves open.
   *
   * @param unknown the id of the unknown token; -1 for none: then unknown characters vanish
   * @param fusesUnknown whether unknown characters side by side are one token
   * @param byteIds the ids of the 256 bytes that unknown characters become, -1 for a missing one;
   *     empty for none
   * @param prefix what pieces begin with that do not begin a word
   * @param suffix what pieces end with that end a word
   * @param ignoresMerges whether a word that is a piece is not made by merging
   */
  public record Rules(
      int unknown,
      boolean fusesUnknown,
      int[] byteIds,
      String prefix,
      String suffix,
      boolean ignoresMerges) {}

  private final Pieces pieces;
  private final MergeTable merges;
  private final Rules rules;

  /** Ids by character: within a word, at its start (+ 1), at its end (+ 2), alone (+ 3). */
  private final CharacterIds[] symbols = new CharacterIds[4];

  private final CharacterPairs pairs;
  private final boolean cuts;
  private final WordCache cache = new WordCache();

  /**
   * @param reservedMerge whether some merge is of the unknown token or of bytes, so that words
   *     cannot be cut between unknown characters
   */
  public CharacterBpe(Pieces pieces, MergeTable merges, Rules rules, boolean reservedMerge) {
    this.pieces = pieces;
    this.merges = merges;
    this.rules = rules;
    for (int place = 0; place < symbols.length; place++) {
      String prefix = (place & 1) == 0 ? rules.prefix : "";
      String suffix = (place & 2) == 0 ? "" : rules.suffix;
      symbols[place] =
          place > 0 && rules.prefix.isEmpty() && rules.suffix.isEmpty()
              ? symbols[0]
              : new CharacterIds(pieces, prefix, suffix);
    }
    cuts =
        rules.prefix.isEmpty() && rules.suffix.isEmpty() && !rules.ignoresMerges && !reservedMerge;
    pairs = cuts ? pairs(pieces) : new CharacterPairs(1);
  }

  private static CharacterPairs pairs(Pieces pieces) {
    CharacterPairs pairs = new CharacterPairs(4L * pieces.size());
    for (int id = 0; id < pieces.size(); id++) {
      String piece = pieces.get(id);
      int left = 0;
      int point;
      for (int i = 0; i < piece.length(); i += Character.charCount(point)) {
        point = piece.codePointAt(i);
        if (i > 0) {
          pairs.add(left, point);
        }
        left = point;
      }
    }
    return pairs;
  }

  @Override
  public Encoder encoder(IntArray ids) {
    return new Words(ids);
  }

  private final class Words implements Encoder {
    private final IntArray ids;
    private final ByteArray bytes = new ByteArray(256);
    private final ByteArray unknownBytes = new ByteArray(16);
    private final SymbolMerger merger = new SymbolMerger(merges);

    Words(IntArray ids) {
      this.ids = ids;
    }

    @Override
    public void encode(int[] text, int from, int to) {
      int start = from;
      if (cuts) {
        for (int at = from + 1; at < to; at++) {
          if (!pairs.has(text[at - 1], text[at]) && isApart(text[at - 1], text[at])) {
            word(text, start, at);
            start = at;
          }
        }
      }
      word(text, start, to);
    }

    /**
     * Whether two characters are apart for sure: unknown ones may become one token, or vanish, so
     * that what is left and right of them meets.
     */
    private boolean isApart(int left, int right) {
      boolean leftKnown = symbols[0].get(left) >= 0;
      boolean rightKnown = symbols[0].get(right) >= 0;
      return rules.unknown >= 0 ? leftKnown || rightKnown : leftKnown && rightKnown;
    }

    private void word(int[] text, int from, int to) {
      bytes.truncate(0);
      for (int i = from; i < to; i++) {
        bytes.addCodePoint(text[i]);
      }
      byte[] word = bytes.bytes();
      int length = bytes.length();
      long hash = PieceTable.hash(word, 0, length);
      if (cache.find(hash, word, 0, length, ids)) {
        return;
      }
      int before = ids.size();
      int piece = rules.ignoresMerges ? pieces.table().find(hash, word, 0, length) : NONE;
      if (piece >= 0) {
        ids.add(piece);
      } else {
        merge(text, from, to);
      }
      cache.keep(hash, word, 0, length, ids.toArray(before, ids.size()));
    }

    private void merge(int[] text, int from, int to) {
      merger.clear();
      boolean unknown = false;
      for (int i = from; i < to; i++) {
        int place = (i == from ? 1 : 0) + (i == to - 1 ? 2 : 0);
        int symbol = symbols[place].get(text[i]);
        // As in the library, the unknown token waits for what is known, and bytes overtake it.
        if (symbol >= 0) {
          flush(unknown);
          unknown = false;
          merger.add(symbol);
        } else if (!addBytes(text[i], place)) {
          flush(unknown && !rules.fusesUnknown);
          unknown = rules.unknown >= 0;
        }
      }
      flush(unknown);
      merger.merge();
      for (int i = 0; i < merger.count(); i++) {
        ids.add(merger.symbol(i));
      }
    }

    private void flush(boolean unknown) {
      if (unknown) {
        merger.add(rules.unknown);
      }
    }

    /** Adds the bytes of a character; false if one of them is no piece. */
    private boolean addBytes(int point, int place) {
      if (rules.byteIds.length == 0) {
        return false;
      }
      unknownBytes.truncate(0);
      if ((place & 1) == 0) {
        rules.prefix.codePoints().forEach(unknownBytes::addCodePoint);
      }
      unknownBytes.addCodePoint(point);
      if ((place & 2) != 0) {
        rules.suffix.codePoints().forEach(unknownBytes::addCodePoint);
      }
      for (int i = 0; i < unknownBytes.length(); i++) {
        if (rules.byteIds[unknownBytes.bytes()[i] & 0xFF] < 0) {
          return false;
        }
      }
      for (int i = 0; i < unknownBytes.length(); i++) {
        merger.add(rules.byteIds[unknownBytes.bytes()[i] & 0xFF]);
      }
      return true;
    }
  }
}
