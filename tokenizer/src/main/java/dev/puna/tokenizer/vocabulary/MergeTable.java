package dev.puna.tokenizer.vocabulary;

import dev.puna.tensor.PunaException;

/** Which two neighbours merge, how early, and into what. */
public final class MergeTable {
  static final int NONE = Integer.MAX_VALUE;

  private static final int BITS = 21;
  private static final int LIMIT = (1 << BITS) - 1;
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  /** Left id, right id and rank + 1, of 21 bits each; 0 for an empty slot. */
  private final long[] slots;

  private final int shift;

  /** What the pairs of a rank become. */
  private final int[] merged;

  /**
   * @param where the file, for messages
   * @param vocabulary the number of ids
   * @param ranks the number of ranks
   * @param pairs the number of pairs to come
   */
  public MergeTable(String where, int vocabulary, int ranks, int pairs) {
    if (vocabulary > LIMIT || ranks >= LIMIT) {
      throw new PunaException(
          "%s has %d pieces and %d merges".formatted(where, vocabulary, ranks),
          "at most " + LIMIT + " of each can be read");
    }
    int bits = 65 - Long.numberOfLeadingZeros(pairs + 1L);
    slots = new long[1 << bits];
    shift = 64 - bits;
    merged = new int[ranks];
  }

  /**
   * Adds a pair; of the same pair the last one counts.
   *
   * @param rank pairs of the same rank merge into the same
   */
  public void add(int left, int right, int rank, int into) {
    long pair = (long) left << 2 * BITS | (long) right << BITS;
    int slot = slot(pair);
    while (slots[slot] != 0 && (slots[slot] ^ pair) >>> BITS != 0) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = pair | rank + 1;
    merged[rank] = into;
  }

  /** The rank of a pair, of which smaller ones merge first; {@link #NONE} if it does not merge. */
  int rank(int left, int right) {
    if ((left | right) < 0) {
      return NONE;
    }
    long pair = (long) left << 2 * BITS | (long) right << BITS;
    int slot = slot(pair);
    for (long entry; (entry = slots[slot]) != 0; slot = slot + 1 & slots.length - 1) {
      if ((entry ^ pair) >>> BITS == 0) {
        return ((int) entry & LIMIT) - 1;
      }
    }
    return NONE;
  }

  /** What the pair of a rank becomes. */
  int merged(int rank) {
    return merged[rank];
  }

  private int slot(long pair) {
    long mixed = (pair ^ pair >>> 32) * MIX;
    return (int) (mixed >>> shift);
  }
}
