package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary whose ids say what merges first, as in tiktoken's files: of all neighbours that make
 * a piece together, those that make the one with the lowest id.
 */
public final class RankedPieces {
  private final String where;
  private final Pieces pieces;

  /** The bytes of a piece; empty for those that are not made of text. */
  private final byte[][] bytes;

  private final PieceTable table;

  /**
   * @param where the file, for messages
   * @param pieces written in {@link ByteAlphabet}
   * @param from the first id that is made of text
   * @param to the id behind the last one
   */
  public RankedPieces(String where, Pieces pieces, int from, int to) {
    this.where = where;
    this.pieces = pieces;
    bytes = new byte[pieces.size()][];
    for (int id = 0; id < bytes.length; id++) {
      byte @Nullable [] value = id >= from && id < to ? ByteAlphabet.bytes(pieces.get(id)) : null;
      bytes[id] = value == null ? new byte[0] : value;
    }
    table = new PieceTable(bytes.length, id -> bytes[id]);
  }

  /** All pairs that make a piece. */
  public MergeTable table() {
    IntArray pairs = new IntArray();
    for (int id = 0; id < bytes.length; id++) {
      byte[] piece = bytes[id];
      for (int cut = 1; cut < piece.length; cut++) {
        int left = table.find(piece, 0, cut);
        int right = left < 0 ? -1 : table.find(piece, cut, piece.length - cut);
        if (right >= 0) {
          pairs.add(left);
          pairs.add(right);
          pairs.add(id);
        }
      }
    }
    MergeTable merges =
        new MergeTable(where, bytes.length, bytes.length, Math.max(1, pairs.size() / 3));
    for (int i = 0; i < pairs.size(); i += 3) {
      int id = pairs.get(i + 2);
      merges.add(pairs.get(i), pairs.get(i + 1), id, id);
    }
    return merges;
  }

  /**
   * The one pair that each piece is made of when its own bytes are merged; pieces that merging does
   * not make have none.
   */
  public MergeList list() {
    MergeTable merges = table();
    SymbolMerger merger = new SymbolMerger(merges);
    MergeList list = new MergeList();
    for (int id = 0; id < bytes.length; id++) {
      if (bytes[id].length < 2) {
        continue;
      }
      merger.clear();
      for (int i = 0; i < bytes[id].length; i++) {
        merger.add(table.find(bytes[id], i, 1));
      }
      merger.merge(id);
      if (merger.count() == 2) {
        list.add(pieces.get(merger.symbol(0)), pieces.get(merger.symbol(1)));
      }
    }
    return list;
  }
}
