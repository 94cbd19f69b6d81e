package dev.puna.engine;

import dev.puna.tensor.PunaException;
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
   * @throws PunaException if a text does not fit
   */
  static void require(int[] table, int tokens, int blockSize) {
    if (tokens > (long) table.length * blockSize) {
      throw new PunaException(
          "a text of %d tokens where there is room for %d"
              .formatted(tokens, table.length * blockSize),
          "shorten it or enlarge the context (-c)");
    }
  }

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
