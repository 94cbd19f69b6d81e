package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import org.jspecify.annotations.Nullable;

/**
 * Byte pair encoding of the bytes of a word. Pieces are written in {@link ByteAlphabet}.
 *
 * <p>Bytes without a piece become the unknown token, or vanish if there is none.
 */
public final class ByteBpe implements WordModel {
  private static final byte[] NOT_FROM_TEXT = {};

  private final MergeTable merges;
  private final int[] symbols = new int[256];
  private final int unknown;
  private final boolean fusesUnknown;

  /** Words that are pieces as they are; null if only merging makes pieces. */
  private final @Nullable PieceTable whole;

  private final WordCache cache = new WordCache();

  /**
   * @param unknown the id of the unknown token; -1 for none
   * @param fusesUnknown whether unknown bytes side by side are one token
   * @param ignoresMerges whether a word that is a piece is not made by merging
   */
  public ByteBpe(
      Pieces pieces, MergeTable merges, int unknown, boolean fusesUnknown, boolean ignoresMerges) {
    this.merges = merges;
    this.unknown = unknown;
    this.fusesUnknown = fusesUnknown;
    for (int value = 0; value < symbols.length; value++) {
      symbols[value] = pieces.find(Character.toString(ByteAlphabet.character(value)));
    }
    whole = ignoresMerges ? new PieceTable(pieces.size(), id -> bytes(pieces.get(id))) : null;
  }

  private static byte[] bytes(String piece) {
    byte[] bytes = ByteAlphabet.bytes(piece);
    return bytes == null ? NOT_FROM_TEXT : bytes;
  }

  @Override
  public Encoder encoder(IntArray ids) {
    return new Words(ids);
  }

  private final class Words implements Encoder {
    private final IntArray ids;
    private final ByteArray bytes = new ByteArray(256);
    private final SymbolMerger merger = new SymbolMerger(merges);

    Words(IntArray ids) {
      this.ids = ids;
    }

    @Override
    public void encode(int[] text, int from, int to) {
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
      int piece = whole == null ? -1 : whole.find(hash, word, 0, length);
      if (piece >= 0) {
        ids.add(piece);
      } else {
        merge(word, length);
      }
      cache.keep(hash, word, 0, length, ids.toArray(before, ids.size()));
    }

    private void merge(byte[] word, int length) {
      merger.clear();
      boolean afterUnknown = false;
      for (int i = 0; i < length; i++) {
        int symbol = symbols[word[i] & 0xFF];
        boolean known = symbol >= 0;
        if (known) {
          merger.add(symbol);
        } else if (unknown >= 0 && !(fusesUnknown && afterUnknown)) {
          merger.add(unknown);
        }
        afterUnknown = !known;
      }
      merger.merge();
      for (int i = 0; i < merger.count(); i++) {
        ids.add(merger.symbol(i));
      }
    }
  }
}
