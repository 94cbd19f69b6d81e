package dev.puna.engine;

import java.util.Arrays;

/**
 * Who owns which block of the state (Kwon et al. 2023: paged attention). A sequence gets all blocks
 * that it can ever need when it is admitted, so that an admitted sequence always comes to its end.
 */
final class KvPool {
  private final int blockSize;
  private final int[] free;
  private int count;

  KvPool(int blocks, int blockSize) {
    this.blockSize = blockSize;
    free = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      free[i] = blocks - 1 - i; // low numbers are handed out first
    }
    count = blocks;
  }

  static int blocks(long tokens, int blockSize) {
    return Math.toIntExact((tokens + blockSize - 1) / blockSize);
  }

  /** Blocks for {@code tokens} tokens, or none at all if there are too few: returns whether. */
  boolean reserve(Sequence sequence, int tokens) {
    int wanted = blocks(tokens, blockSize);
    if (wanted > count) {
      return false;
    }
    count -= wanted;
    sequence.blocks = Arrays.copyOfRange(free, count, count + wanted);
    return true;
  }

  void release(Sequence sequence) {
    System.arraycopy(sequence.blocks, 0, free, count, sequence.blocks.length);
    count += sequence.blocks.length;
    sequence.blocks = new int[0];
  }

  int free() {
    return count;
  }

  int total() {
    return free.length;
  }
}
