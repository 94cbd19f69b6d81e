package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The replacements of characters that a SentencePiece model makes in a text before it is split,
 * such as the compatibility forms of NFKC: {@code NormalizerSpec.precompiled_charsmap}.
 *
 * <p>Layout: the size of the trie in bytes (u32, little-endian), the trie (a double array of u32
 * units as darts-clone lays it out), then the replacements, each ended by a zero byte. The value of
 * a trie entry is the offset of its replacement.
 */
public final class Charsmap {
  private final byte[] blob;
  private final int[] units;
  private final int replacements;

  /**
   * @param where the file, for messages
   * @param blob as it stands in the model; copied
   */
  public Charsmap(String where, byte[] blob) {
    this.blob = blob.clone();
    ByteBuffer buffer = ByteBuffer.wrap(this.blob).order(ByteOrder.LITTLE_ENDIAN);
    long size = blob.length < 4 ? -1 : Integer.toUnsignedLong(buffer.getInt());
    if (size < 0 || size % 4 != 0 || size > blob.length - 4) {
      throw new PunaException(
          where + ": its table of character replacements is damaged", "fetch the file again");
    }
    units = new int[(int) size / 4];
    buffer.asIntBuffer().get(units);
    replacements = 4 + (int) size;
  }

  /** The table as it stands in the model. */
  public byte[] bytes() {
    return blob.clone();
  }

  /**
   * The longest entry with which a text goes on: its length in bytes in the upper half, the offset
   * of its replacement in the lower half; 0 for none. Units that point outside the table end the
   * search: a damaged table replaces less, but breaks nothing.
   */
  long longest(byte[] text, int from, int to) {
    return find(text, from, to, false);
  }

  /** The shortest entry with which a text goes on, as {@link #longest} gives it. */
  public long shortest(byte[] text, int from, int to) {
    return find(text, from, to, true);
  }

  private long find(byte[] text, int from, int to, boolean first) {
    if (units.length == 0) {
      return 0;
    }
    long found = 0;
    int node = offset(units[0]);
    for (int i = from; i < to; i++) {
      int value = text[i] & 0xFF;
      node ^= value;
      // The upper bit marks leaves; together with the low byte it is the label.
      if (node >= units.length || (units[node] & 0x8000_00FF) != value) {
        break;
      }
      int unit = units[node];
      node ^= offset(unit);
      boolean hasLeaf = (unit >> 8 & 1) == 1;
      if (hasLeaf && node < units.length) {
        int replacement = units[node] & 0x7FFF_FFFF;
        if (replacement < blob.length - replacements) {
          found = (long) (i + 1 - from) << 32 | replacement;
          if (first) {
            return found;
          }
        }
      }
    }
    return found;
  }

  /** The text that an entry is replaced with. */
  public byte[] replacement(long entry) {
    int from = replacements + (int) entry;
    int to = from;
    while (to < blob.length && blob[to] != 0) {
      to++;
    }
    return Arrays.copyOfRange(blob, from, to);
  }

  /** Bits 10 to 30 hold the distance to the children, in units of 256 if bit 9 is set. */
  private static int offset(int unit) {
    return unit >>> 10 << ((unit & 1 << 9) >>> 6);
  }
}
