package dev.puna.tokenizer.vocabulary;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** The pieces of a vocabulary by id and ids by piece. Ids without a piece have an empty one. */
public final class Pieces {
  private final String[] pieces;
  private final PieceTable table;

  /**
   * @param pieces by id; of two equal ones the later one is found. Not copied: not to be changed
   */
  public Pieces(String[] pieces) {
    this.pieces = pieces;
    List<String> list = Arrays.asList(pieces);
    table = new PieceTable(list, id -> !pieces[id].isEmpty());
  }

  public int size() {
    return pieces.length;
  }

  /** A piece; throws {@link PunaException} if there is no such id. */
  public String get(int id) {
    if (id < 0 || id >= pieces.length) {
      throw new PunaException(
          "token id " + id + " is outside the vocabulary",
          "give ids from 0 to %d, or take the tokenizer that belongs to the model"
              .formatted(pieces.length - 1));
    }
    return pieces[id];
  }

  /** The id of a piece; -1 if it is none. */
  public int find(String piece) {
    byte[] bytes = Utf8.bytes(piece);
    return table.find(bytes, 0, bytes.length);
  }

  public OptionalInt id(String piece) {
    int id = find(piece);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Finds ids by the UTF-8 of pieces. */
  public PieceTable table() {
    return table;
  }

  /** The pieces by id; not to be changed. */
  public List<String> list() {
    return List.of(pieces);
  }

  /**
   * The ids of the pieces {@code <0x00>} to {@code <0xFF>}, -1 for none; empty if none is there.
   */
  public int[] byteIds() {
    int[] ids = new int[256];
    int found = 0;
    for (int value = 0; value < ids.length; value++) {
      ids[value] = find("<0x%02X>".formatted(value));
      found += ids[value] < 0 ? 0 : 1;
    }
    return found == 0 ? new int[0] : ids;
  }
}
