package dev.puna.engine;

import java.util.Arrays;

/**
 * Finds full blocks by what they hold: their tokens, all tokens before them, and how those were
 * computed. What comes before is told by the block before: each known block has a serial number of
 * its own, never given twice, and a block's key is (serial of the block before, rotary table,
 * tokens). So a key stands for the whole text up to the block's end, and is compared in full: no
 * two texts are ever taken for each other. An open hash table with linear probing over arrays that
 * are made once: nothing is allocated.
 */
final class PrefixIndex {
  private final int blockSize;
  private final int[] tokens; // [blocks][blockSize]
  private final long[] parents;
  private final int[] tables;
  private final long[] serials; // 0: not known
  private final int[] places; // hash table: block + 1, or 0
  private long last;

  PrefixIndex(int blocks, int blockSize) {
    this.blockSize = blockSize;
    tokens = new int[Math.multiplyExact(blocks, blockSize)];
    parents = new long[blocks];
    tables = new int[blocks];
    serials = new long[blocks];
    places = new int[Integer.highestOneBit(Math.max(1, blocks)) * 4]; // at most half full
  }

  /**
   * The block that holds these tokens after that parent, or -1.
   *
   * @param table of the rotations that its keys have
   * @param text the block's tokens begin at {@code from}
   */
  int find(long parent, int table, int[] text, int from) {
    for (int at = home(parent, table, text, from); places[at] != 0; at = next(at)) {
      int block = places[at] - 1;
      if (parents[block] == parent && tables[block] == table && same(block, text, from)) {
        return block;
      }
    }
    return -1;
  }

  private boolean same(int block, int[] text, int from) {
    int at = block * blockSize;
    return Arrays.equals(tokens, at, at + blockSize, text, from, from + blockSize);
  }

  /** Makes a block known, which no other with this key is, and returns its serial number. */
  long add(int block, long parent, int table, int[] text, int from) {
    System.arraycopy(text, from, tokens, block * blockSize, blockSize);
    parents[block] = parent;
    tables[block] = table;
    serials[block] = ++last;
    int at = home(parent, table, text, from);
    while (places[at] != 0) {
      at = next(at);
    }
    places[at] = block + 1;
    return last;
  }

  /** The serial number of a block; 0 if it is not known. */
  long serial(int block) {
    return serials[block];
  }

  /** Forgets a block. What follows it can no longer be found, and is forgotten in its own time. */
  void remove(int block) {
    serials[block] = 0;
    int hole = home(block);
    while (places[hole] != block + 1) {
      hole = next(hole);
    }
    // close the gap: whoever probed past the hole moves into it (Knuth vol. 3, 6.4, algorithm R)
    for (int at = next(hole); places[at] != 0; at = next(at)) {
      int home = home(places[at] - 1);
      boolean between = hole <= at ? hole < home && home <= at : hole < home || home <= at;
      if (!between) {
        places[hole] = places[at];
        hole = at;
      }
    }
    places[hole] = 0;
  }

  private int home(int block) {
    return home(parents[block], tables[block], tokens, block * blockSize);
  }

  private int home(long parent, int table, int[] text, int from) {
    long hash = parent * 31 + table;
    for (int i = from; i < from + blockSize; i++) {
      hash = (hash ^ text[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    return (int) (hash & (places.length - 1));
  }

  private int next(int at) {
    return (at + 1) & (places.length - 1);
  }
}
