package dev.puna.tensor;

import java.lang.foreign.MemorySegment;

/**
 * The types of stored numbers. A type encodes numbers in blocks of fixed size; a matrix row is a
 * whole number of blocks.
 *
 * <p>Block layouts are those of the GGUF format (ggml's {@code ggml-common.h}).
 */
public enum DType {
  F32(1, 4, new FloatFormats.F32()),
  F16(1, 2, new FloatFormats.F16()),
  BF16(1, 2, new FloatFormats.BF16()),
  /** 32 numbers: a half-precision scale d and 32 signed bytes q; x = d·q. 8.5 bits a number. */
  Q8_0(32, 34, new Q8_0()),
  /** 32 numbers: a half-precision scale d and 32 nibbles q; x = d·(q - 8). 4.5 bits a number. */
  Q4_0(32, 18, new Q4_0());

  private final int blockSize;
  private final int blockBytes;
  private final BlockFormat format;

  DType(int blockSize, int blockBytes, BlockFormat format) {
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.format = format;
  }

  /** Numbers in a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether a row of {@code cols} numbers can be stored in this type. */
  public boolean divides(long cols) {
    return cols % blockSize == 0;
  }

  /**
   * Bytes of {@code count} numbers.
   *
   * @throws ArithmeticException if the blocks do not divide {@code count}, or on overflow
   */
  public long bytes(long count) {
    if (count < 0 || !divides(count)) {
      throw new ArithmeticException(count + " numbers are not whole blocks of " + this);
    }
    return Math.multiplyExact(count / blockSize, (long) blockBytes);
  }

  /** Decodes {@code count} numbers (whole blocks) from byte {@code from} of {@code source}. */
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    format.decode(source, from, target, to, count);
  }

  /** Encodes {@code count} numbers (whole blocks) to byte {@code to} of {@code target}. */
  public void encode(float[] source, int from, int count, MemorySegment target, long to) {
    format.encode(source, from, count, target, to);
  }
}
