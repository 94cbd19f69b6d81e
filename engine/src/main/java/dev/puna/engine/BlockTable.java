package dev.puna.engine;

/** Which blocks of the state hold a sequence's tokens, in their order. Grows by doubling. */
final class BlockTable {
  /** The parent of a first block that follows no other. */
  static final long ROOT = -1;

  /** The parent of a first block that is computed with an adapter; -1 for none. */
  static long root(int adapter) {
    return ROOT - 1 - adapter;
  }

  int[] blocks = new int[0];

  /** How many of them count. */
  int count;

  /** How many of them, from the first on, are known by what they hold. */
  int known;

  /** The serial number of the last known one; see {@link PrefixIndex}. */
  long chain = ROOT;

  void add(int block) {
    if (count == blocks.length) {
      blocks = java.util.Arrays.copyOf(blocks, Math.max(8, 2 * count));
    }
    blocks[count++] = block;
  }

  /** Takes over what another table has; owners are the pool's business. */
  void copy(BlockTable other) {
    blocks = java.util.Arrays.copyOf(other.blocks, Math.max(blocks.length, other.count));
    count = other.count;
    known = other.known;
    chain = other.chain;
  }

  void clear(long root) {
    count = 0;
    known = 0;
    chain = root;
  }
}
