package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * How a run of numbers lies in memory, in blocks of {@link DType#blockSize} numbers. Counts are
 * multiples of the block size; all multi-byte fields are little-endian and need no alignment.
 */
interface BlockFormat {
  /** Decodes {@code count} numbers from byte {@code from} of {@code source}. */
  void decode(MemorySegment source, long from, float[] target, int to, int count);

  /**
   * Encodes a row of {@code count} numbers to byte {@code to} of {@code target}.
   *
   * @param importance how much the error of each column counts, [count]; null: all the same
   */
  void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to);
}
