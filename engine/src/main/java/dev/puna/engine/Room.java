package dev.puna.engine;

import java.util.stream.IntStream;

/**
 * Where a text may leave what is kept of it while it is read.
 *
 * @param blocks of the state, as many as it needs
 * @param sourceBlocks those of the text that an encoder reads; none without one
 * @param place the first of two neighbouring places for what sequences keep as a whole; see {@link
 *     dev.puna.program.Step#places}
 */
record Room(int[] blocks, int[] sourceBlocks, int place) {
  /**
   * A state's first blocks and places, for a text that has it to itself.
   *
   * @param source tokens that an encoder reads
   */
  static Room first(int tokens, int source, int blockSize) {
    int blocks = KvPool.blocks(tokens, blockSize);
    int sourceBlocks = KvPool.blocks(source, blockSize);
    return new Room(
        IntStream.range(0, blocks).toArray(),
        IntStream.range(blocks, blocks + sourceBlocks).toArray(),
        0);
  }
}
