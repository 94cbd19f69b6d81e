package dev.puna.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which block of the state (Kwon et al. 2023: paged attention). What is admitted gets, or
 * is promised, all blocks that it can ever need, so that it always comes to its end. A block may
 * have several owners, who only read it; it is free again when the last one has dropped it.
 */
final class KvPool {
  private final int blockSize;
  private final int[] free;
  private final int[] owners;
  private int count;
  private int promised;

  KvPool(int blocks, int blockSize) {
    this.blockSize = blockSize;
    free = new int[blocks];
    owners = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      free[i] = blocks - 1 - i; // low numbers are handed out first
    }
    count = blocks;
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

  /**
   * Blocks for {@code tokens} tokens and {@code source} of a source, or none at all if there are
   * too few: returns whether.
   */
  boolean reserve(Sequence sequence, int tokens, int source) {
    if (blocks(tokens, blockSize) + blocks(source, blockSize) > free()) {
      return false;
    }
    sequence.blocks = take(blocks(tokens, blockSize));
    sequence.sourceBlocks = take(blocks(source, blockSize));
    return true;
  }

  private int[] take(int wanted) {
    count -= wanted;
    int[] taken = Arrays.copyOfRange(free, count, count + wanted);
    for (int block : taken) {
      owners[block] = 1;
    }
    return taken;
  }

  void release(Sequence sequence) {
    for (int[] blocks : new int[][] {sequence.blocks, sequence.sourceBlocks}) {
      for (int block : blocks) {
        drop(block);
      }
    }
    sequence.blocks = new int[0];
    sequence.sourceBlocks = new int[0];
  }

  private boolean drop(int block) {
    if (--owners[block] > 0) {
      return false;
    }
    free[count++] = block;
    return true;
  }

  /** Blocks that can be had: neither owned nor promised. */
  int free() {
    return count - promised;
  }

  int total() {
    return free.length;
  }

  /** The promise of {@code blocks} blocks, or null if there are too few. */
  @Nullable Lease lease(int blocks) {
    return blocks > free() ? null : new Lease(blocks);
  }

  /** A promise of blocks to several sequences together, which share what they have in common. */
  final class Lease {
    private int left;

    private Lease(int blocks) {
      left = blocks;
      promised += blocks;
    }

    /** The place in a table of the block that holds a position. */
    int index(int position) {
      return position / blockSize;
    }

    /** Lengthens a sequence's table until it has room for {@code tokens} tokens. */
    void extend(Sequence sequence, int tokens) {
      int have = sequence.blocks.length;
      int wanted = blocks(tokens, blockSize);
      if (wanted > have) {
        sequence.blocks = Arrays.copyOf(sequence.blocks, wanted);
        for (int i = have; i < wanted; i++) {
          sequence.blocks[i] = take();
        }
      }
    }

    /** Blocks for {@code tokens} tokens, which nobody's table has yet. */
    int[] take(int tokens) {
      int[] taken = new int[blocks(tokens, blockSize)];
      for (int i = 0; i < taken.length; i++) {
        taken[i] = take();
      }
      return taken;
    }

    void giveBack(int[] blocks) {
      for (int block : blocks) {
        giveBack(block);
      }
    }

    /** Makes all blocks of one sequence the other's too, which drops its own. */
    void share(Sequence from, Sequence to) {
      for (int block : from.blocks) {
        owners[block]++;
      }
      drop(to);
      to.blocks = from.blocks.clone();
    }

    void drop(Sequence sequence) {
      for (int block : sequence.blocks) {
        giveBack(block);
      }
      sequence.blocks = new int[0];
    }

    /**
     * Puts a fresh block into the place of one that has other owners, so that it can be written;
     * returns the old one, of which the new one needs a copy, or -1 if it may be written as it is.
     */
    int own(Sequence sequence, int index) {
      int old = sequence.blocks[index];
      if (owners[old] == 1) {
        return -1;
      }
      sequence.blocks[index] = take();
      giveBack(old);
      return old;
    }

    /** Ends the promise; every sequence has dropped its blocks before. */
    void close() {
      promised -= left;
      left = 0;
    }

    private int take() {
      if (left == 0) {
        throw new IllegalStateException("more blocks are taken than were promised");
      }
      left--;
      promised--;
      int block = free[--count];
      owners[block] = 1;
      return block;
    }

    private void giveBack(int block) {
      if (KvPool.this.drop(block)) {
        left++;
        promised++;
      }
    }
  }
}
