package dev.puna.engine;

import dev.puna.program.State;

/**
 * Who owns which block of the state (Kwon et al. 2023: paged attention). Sequences take blocks as
 * they grow. A block may have several owners, who only read it; whoever is about to write gets a
 * copy. A full block whose content is known outlives its owners, so that a text which begins alike
 * need not be computed again, until its room is needed: the one that has been without owners for
 * longest goes first, and of a text its end before its beginning.
 *
 * <p>What a sequence keeps as a whole cannot be told from its blocks; so of some block ends a
 * snapshot of it is kept, and only at those a text can be taken up.
 */
final class KvPool {
  private static final int NONE = -1;

  private final State state;
  private final int blockSize;
  private final int[] owners;
  private final PrefixIndex index;
  private final Snapshots snapshots;
  private final int[] free;
  private int count;

  /** Known blocks without owners, the oldest first: a ring of links, its ends at {@link #end}. */
  private final int[] before;

  private final int[] after;
  private final int end;
  private int idle;

  /**
   * @param snapshots places for what sequences keep as a whole; none if they keep nothing so
   */
  KvPool(State state, int blocks, int blockSize, Snapshots snapshots) {
    this.state = state;
    this.blockSize = blockSize;
    this.snapshots = snapshots;
    owners = new int[blocks];
    index = new PrefixIndex(blocks, blockSize);
    free = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      free[i] = blocks - 1 - i; // low numbers are handed out first
    }
    count = blocks;
    end = blocks;
    before = new int[blocks + 1];
    after = new int[blocks + 1];
    before[end] = end;
    after[end] = end;
  }

  static int blocks(long tokens, int blockSize) {
    return Math.toIntExact((tokens + blockSize - 1) / blockSize);
  }

  int blocks(long tokens) {
    return blocks(tokens, blockSize);
  }

  int blockSize() {
    return blockSize;
  }

  /** Blocks that can be had: those without owners. */
  int free() {
    return count + idle;
  }

  int total() {
    return owners.length;
  }

  // ---- growing ----

  /**
   * Sees to it that a table has blocks for positions {@code from} to {@code to} which belong to it
   * alone. Returns whether there were enough; those that were there are the table's then all the
   * same.
   */
  boolean write(BlockTable table, int from, int to) {
    for (int i = from / blockSize; i < Math.min(table.count, blocks(to)); i++) {
      if (owners[table.blocks[i]] > 1) {
        if (free() == 0) {
          return false;
        }
        int shared = table.blocks[i];
        table.blocks[i] = take();
        state.copyBlock(shared, table.blocks[i]);
        drop(shared);
      }
    }
    while (table.count < blocks(to)) {
      if (free() == 0) {
        return false;
      }
      table.add(take());
    }
    return true;
  }

  private int take() {
    if (count == 0) {
      int oldest = after[end];
      unlink(oldest);
      forget(oldest);
      free[count++] = oldest;
    }
    int block = free[--count];
    owners[block] = 1;
    return block;
  }

  private void forget(int block) {
    index.remove(block);
    snapshots.forget(block);
  }

  /** Makes all blocks of one table the other's too, which drops its own. */
  void share(BlockTable from, BlockTable to) {
    for (int i = 0; i < from.count; i++) {
      owners[from.blocks[i]]++;
    }
    release(to);
    to.copy(from);
  }

  /** Gives a table's blocks back, its end first. */
  void release(BlockTable table) {
    for (int i = table.count - 1; i >= 0; i--) {
      drop(table.blocks[i]);
    }
    table.clear(BlockTable.ROOT);
  }

  private void drop(int block) {
    if (--owners[block] > 0) {
      return;
    }
    if (index.serial(block) == 0) {
      free[count++] = block;
      return;
    }
    before[block] = before[end];
    after[block] = end;
    after[before[end]] = block;
    before[end] = block;
    idle++;
  }

  private void unlink(int block) {
    after[before[block]] = after[block];
    before[after[block]] = before[block];
    idle--;
  }

  private void own(int block) {
    if (owners[block]++ == 0) {
      unlink(block);
    }
  }

  // ---- known beginnings ----

  /** How a text is computed, beyond its tokens: part of what its blocks are known by. */
  interface Computed {
    /** What stands before the first block, a negative number: which adapter, for example. */
    long root();

    /** The rotary table of the block that begins at a position. */
    int table(int position);
  }

  /**
   * Where a text can be taken up.
   *
   * @param blocks whole blocks that are there, and behind which it can go on
   * @param seen whole blocks that are known; more than {@code blocks} where a snapshot is missing
   */
  record Beginning(int blocks, int seen) {
    static final Beginning NOTHING = new Beginning(0, 0);
  }

  /**
   * Looks how far the beginning of a text is known.
   *
   * @param length tokens of it that count
   */
  Beginning find(Computed how, int[] text, int length) {
    long chain = how.root();
    int usable = 0;
    int seen = 0;
    while ((seen + 1) * blockSize <= length) {
      int block = index.find(chain, how.table(seen * blockSize), text, seen * blockSize);
      if (block == NONE) {
        break;
      }
      seen++;
      chain = index.serial(block);
      usable = snapshots.hold(block) ? seen : usable;
    }
    return new Beginning(usable, seen);
  }

  /** Puts the first blocks of a text, which are known, into an empty table. */
  void reuse(BlockTable table, Computed how, int[] text, int blocks) {
    table.clear(how.root());
    for (int i = 0; i < blocks; i++) {
      int block = index.find(table.chain, how.table(i * blockSize), text, i * blockSize);
      own(block);
      table.add(block);
      table.chain = index.serial(block);
    }
    table.known = blocks;
  }

  /**
   * Makes known the full blocks among a table's first {@code length} tokens. Where another block is
   * known to hold the same, the table takes that one, and gives its own back.
   */
  void know(BlockTable table, Computed how, int[] text, int length) {
    if (table.known == 0) {
      table.chain = how.root();
    }
    while ((table.known + 1) * blockSize <= length) {
      int i = table.known++;
      int block = table.blocks[i];
      int rotations = how.table(i * blockSize);
      int same = index.find(table.chain, rotations, text, i * blockSize);
      if (same == NONE) {
        table.chain = index.add(block, table.chain, rotations, text, i * blockSize);
        continue;
      }
      if (same != block) {
        own(same);
        table.blocks[i] = same;
        drop(block);
      }
      table.chain = index.serial(same);
    }
  }

  // ---- what is kept as a whole ----

  /** Keeps what a sequence keeps as a whole at the end of its last known block. */
  void snapshot(BlockTable table, int place) {
    if (table.known > 0) {
      snapshots.keep(table.blocks[table.known - 1], place, state);
    }
  }

  /** Gives a sequence what was kept at the end of its last block, at a place of its own. */
  void restore(BlockTable table, int place) {
    if (table.count > 0) {
      snapshots.restore(table.blocks[table.count - 1], place, state);
    }
  }

  /** The place of what was kept as a whole at the end of a table; -1 if nothing was. */
  int snapshotPlace(BlockTable table) {
    return table.count == 0 ? NONE : snapshots.place(table.blocks[table.count - 1]);
  }

  /** The place for what was kept as a whole at the end of a table of known blocks. */
  int makeSnapshotPlace(BlockTable table) {
    int there = snapshotPlace(table);
    return there != NONE ? there : snapshots.make(table.blocks[table.count - 1]);
  }
}
