package dev.puna.tokenizer.text;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * Finds ids by the bytes of a piece.
 *
 * <p>The hash of two pieces put together follows from their hashes ({@link #join}), so that the
 * many pairs that make no piece cost neither a string nor a look at their bytes.
 */
public final class PieceTable {
  private static final long BASE = 0x9E37_79B9_7F4A_7C15L;
  private static final long MIX = 0xD6E8_FEB8_6659_FD93L;
  private static final int NONE = -1;
  private static final byte[] EMPTY = {};

  private final byte[] bytes;
  private final int[] starts;

  /** Upper half: upper half of the mixed hash; lower half: id + 1, 0 for an empty slot. */
  private final long[] slots;

  private final int shift;

  /** Powers of {@link #BASE} up to the length of the longest piece. */
  private final long[] powers;

  /**
   * @param pieces all pieces of the vocabulary
   * @param wanted the ids to find; of two equal pieces the later one is found
   */
  public PieceTable(List<String> pieces, IntPredicate wanted) {
    this(pieces.size(), id -> wanted.test(id) ? Utf8.bytes(pieces.get(id)) : EMPTY);
  }

  /**
   * @param size the number of ids
   * @param pieces the bytes of each; none for an id that is not to be found
   */
  public PieceTable(int size, IntFunction<byte[]> pieces) {
    ByteArray all = new ByteArray(8 * size);
    starts = new int[size + 1];
    int count = 0;
    int longest = 0;
    for (int id = 0; id < size; id++) {
      byte[] piece = pieces.apply(id);
      all.add(piece, 0, piece.length);
      count += piece.length == 0 ? 0 : 1;
      starts[id + 1] = all.length();
      longest = Math.max(longest, piece.length);
    }
    bytes = Arrays.copyOf(all.bytes(), all.length());
    powers = new long[longest + 1];
    powers[0] = 1;
    for (int i = 1; i <= longest; i++) {
      powers[i] = powers[i - 1] * BASE;
    }
    int bits = 64 - Long.numberOfLeadingZeros(2L * count + 1);
    slots = new long[1 << bits];
    shift = 64 - bits;
    for (int id = 0; id < size; id++) {
      insert(id);
    }
  }

  private void insert(int id) {
    int length = length(id);
    if (length == 0) {
      return;
    }
    long mixed = mix(hash(bytes, starts[id], length));
    int slot = (int) (mixed >>> shift);
    while (slots[slot] != 0 && !equal((int) slots[slot] - 1, bytes, starts[id], length)) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = mixed & 0xFFFF_FFFF_0000_0000L | (id + 1);
  }

  /** The bytes of the pieces, one after the other. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where a piece begins in {@link #bytes}. */
  public int start(int id) {
    return starts[id];
  }

  /** The length of a piece in bytes; 0 for ids that are not to be found. */
  public int length(int id) {
    return starts[id + 1] - starts[id];
  }

  /** The length of the longest piece in bytes. */
  public int longest() {
    return powers.length - 1;
  }

  public static long hash(byte[] text, int from, int length) {
    long hash = 0;
    for (int i = from; i < from + length; i++) {
      hash = hash * BASE + (text[i] & 0xFF) + 1;
    }
    return hash;
  }

  /** The hash of two stretches side by side; the right one no longer than {@link #longest}. */
  public long join(long left, long right, int rightLength) {
    return left * powers[rightLength] + right;
  }

  /** The id of a stretch of text with this hash; -1 if it is no piece. */
  public int find(long hash, byte[] text, int from, int length) {
    long mixed = mix(hash);
    int slot = (int) (mixed >>> shift);
    for (long entry; (entry = slots[slot]) != 0; slot = slot + 1 & slots.length - 1) {
      int id = (int) entry - 1;
      if ((entry ^ mixed) >>> 32 == 0 && equal(id, text, from, length)) {
        return id;
      }
    }
    return NONE;
  }

  public int find(byte[] text, int from, int length) {
    return find(hash(text, from, length), text, from, length);
  }

  private boolean equal(int id, byte[] text, int from, int length) {
    return Arrays.equals(bytes, starts[id], starts[id + 1], text, from, from + length);
  }

  private static long mix(long hash) {
    return (hash ^ hash >>> 32) * MIX;
  }
}
