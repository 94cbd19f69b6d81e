package dev.puna.program;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;

/** What a layer keeps of a sequence between steps. */
public sealed interface StateSpec {
  /**
   * A key row and a value row for each token.
   *
   * @param heads K, number of key and value heads
   * @param keySize h, columns of a key head
   * @param valueSize hv, columns of a value head; 0 where values are part of the keys
   */
  record PerToken(int heads, int keySize, int valueSize) implements StateSpec {
    /** Columns of a key row, K·h. */
    public int keyCols() {
      return heads * keySize;
    }

    /** Columns of a value row, K·hv. */
    public int valueCols() {
      return heads * valueSize;
    }

    /**
     * Bytes of a key row, in which every head begins a block.
     *
     * @throws PunaException if a head is not whole blocks of the type
     */
    public long keyBytes(DType type) {
      return heads * bytes(type, keySize);
    }

    /**
     * Bytes of a value row, in which every head begins a block.
     *
     * @throws PunaException if a head is not whole blocks of the type
     */
    public long valueBytes(DType type) {
      return heads * bytes(type, valueSize);
    }

    private static long bytes(DType type, int size) {
      if (!type.divides(size)) {
        throw new PunaException(
            "keys and values have heads of %d columns, which are not whole blocks of %s (%d)"
                .formatted(size, type, type.blockSize()),
            "use --kv-type F16");
      }
      return type.bytes(size);
    }
  }

  /**
   * So many numbers for a sequence of any length: the tail of a convolution, the state of a
   * recurrence. Always single-precision: errors would add up.
   */
  record PerSequence(int floats) implements StateSpec {}
}
