package dev.puna.tokenizer.vocabulary;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Merges as a file lists them: two pieces each, the most important first. */
public final class MergeList {
  private final ByteArray bytes = new ByteArray(1 << 16);

  /** Where the left and the right piece of each merge end in the bytes. */
  private final IntArray ends = new IntArray();

  public int size() {
    return ends.size() / 2;
  }

  public void add(String left, String right) {
    half(left);
    half(right);
  }

  /** Adds the next piece: a left one, or the right one that belongs to it. */
  public void half(String piece) {
    byte[] utf8 = Utf8.bytes(piece);
    bytes.add(utf8, 0, utf8.length);
    ends.add(bytes.length());
  }

  /** Adds a merge whose pieces have a space between them; false if there is not just one. */
  public boolean add(String merge) {
    int space = merge.indexOf(' ', 1);
    if (space < 0 || space + 1 == merge.length() || merge.indexOf(' ', space + 1) >= 0) {
      return false;
    }
    add(merge.substring(0, space), merge.substring(space + 1));
    return true;
  }

  /** The merges as lines, with a space between the pieces. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) {
      lines.add(half(2 * i) + " " + half(2 * i + 1));
    }
    return lines;
  }

  private String half(int index) {
    int from = index == 0 ? 0 : ends.get(index - 1);
    return new String(bytes.bytes(), from, ends.get(index) - from, StandardCharsets.UTF_8);
  }

  /**
   * The merges by ids.
   *
   * @param where the file, for messages
   * @param prefix what the right pieces begin with and what is lost in merging
   * @throws PunaException if a merge is of or into something that is no piece
   */
  public MergeTable table(String where, Pieces pieces, String prefix) {
    MergeTable table = new MergeTable(where, pieces.size(), size(), size());
    PieceTable ids = pieces.table();
    int dropped = Utf8.length(prefix);
    ByteArray joined = new ByteArray(256);
    int start = 0;
    for (int i = 0; i < size(); i++) {
      int middle = ends.get(2 * i);
      int end = ends.get(2 * i + 1);
      int left = ids.find(bytes.bytes(), start, middle - start);
      int right = ids.find(bytes.bytes(), middle, end - middle);
      joined.truncate(0);
      joined.add(bytes.bytes(), start, middle);
      joined.add(bytes.bytes(), Math.min(middle + dropped, end), end);
      int into = ids.find(joined.bytes(), 0, joined.length());
      if (left < 0 || right < 0 || into < 0) {
        throw new PunaException(
            "%s: merge %d ('%s' and '%s') is of or into something that is no piece"
                .formatted(where, i, half(2 * i), half(2 * i + 1)),
            "fetch the file again, and the vocabulary that belongs to it");
      }
      table.add(left, right, i, into);
      start = end;
    }
    return table;
  }

  /** What each merge makes, by id; -1 if it is no piece. */
  public int[] made(Pieces pieces) {
    int[] made = new int[size()];
    int start = 0;
    for (int i = 0; i < made.length; i++) {
      int end = ends.get(2 * i + 1);
      made[i] = pieces.table().find(bytes.bytes(), start, end - start);
      start = end;
    }
    return made;
  }

  /** Whether a merge has one of these pieces as a half. */
  public boolean uses(List<String> reserved) {
    List<byte[]> wanted = reserved.stream().map(Utf8::bytes).toList();
    int start = 0;
    for (int i = 0; i < ends.size(); i++) {
      int end = ends.get(i);
      for (byte[] piece : wanted) {
        if (end - start == piece.length
            && Arrays.equals(bytes.bytes(), start, end, piece, 0, piece.length)) {
          return true;
        }
      }
      start = end;
    }
    return false;
  }
}
