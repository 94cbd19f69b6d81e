package dev.puna.tokenizer.text;

/**
 * Which two characters stand side by side in some piece. Where the text has two that never do, no
 * merge can reach across, and what lies left and right can be merged by itself: a page falls into
 * words.
 *
 * <p>A Bloom filter with one hash: it may take a pair for known that is not, which only makes a
 * stretch longer, but never the other way round.
 */
public final class CharacterPairs {
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private final long[] bits;
  private final int shift;

  /** Room for a number of pairs, at 16 bits each. */
  public CharacterPairs(long pairs) {
    int log = Math.clamp(64 - Long.numberOfLeadingZeros(16 * pairs), 6, 27);
    bits = new long[1 << log - 6];
    shift = 64 - log;
  }

  /** All bytes of a character in one number, which {@link #add} and {@link #has} take. */
  public static int character(byte[] text, int from, int length) {
    int character = 0;
    for (int i = from; i < from + length; i++) {
      character = character << 8 | (text[i] & 0xFF);
    }
    return character;
  }

  public void add(int left, int right) {
    int bit = bit(left, right);
    bits[bit >> 6] |= 1L << bit;
  }

  public boolean has(int left, int right) {
    int bit = bit(left, right);
    return (bits[bit >> 6] >>> bit & 1) != 0;
  }

  private int bit(int left, int right) {
    long key = (long) left << 32 | right & 0xFFFF_FFFFL;
    key ^= key >>> 29;
    return (int) (key * MIX >>> shift);
  }
}
