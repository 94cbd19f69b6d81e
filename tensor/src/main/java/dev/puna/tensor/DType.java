package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The types of stored numbers. A type encodes numbers in blocks of fixed size; a matrix row is a
 * whole number of blocks.
 *
 * <p>Block layouts are those of the GGUF format (ggml's {@code ggml-common.h}); decoding and
 * encoding give the same bits as ggml's {@code dequantize_row_*} and {@code ggml_quantize_chunk}.
 */
public enum DType {
  F32(1, 4, new FloatFormats.F32()),
  F16(1, 2, new FloatFormats.F16()),
  BF16(1, 2, new FloatFormats.BF16()),
  /** 32 numbers: a half-precision scale d and 32 signed bytes q; x = d·q. 8.5 bits a number. */
  Q8_0(32, 34, new Q8_0()),
  /** 32 numbers: a half-precision scale d and 32 nibbles q; x = d·(q - 8). 4.5 bits a number. */
  Q4_0(32, 18, Symmetric.Q4_0),
  /** 32 numbers: d and a smallest number m in half precision; x = d·q + m. 5 bits a number. */
  Q4_1(32, 20, Affine.Q4_1),
  /** As Q4_0 with 5 bits: x = d·(q - 16). 5.5 bits a number. */
  Q5_0(32, 22, Symmetric.Q5_0),
  /** As Q4_1 with 5 bits. 6 bits a number. */
  Q5_1(32, 24, Affine.Q5_1),
  /** 16 groups of 16 numbers with 4-bit scales and smallest numbers; 2.625 bits a number. */
  Q2_K(256, 84, new Q2_K()),
  /** 16 groups of 16 numbers with 6-bit scales; 3.4375 bits a number. */
  Q3_K(256, 110, new Q3_K()),
  /** 8 groups of 32 numbers with 6-bit scales and smallest numbers; 4.5 bits a number. */
  Q4_K(256, 144, AffineK.Q4_K),
  /** As Q4_K with 5 bits; 5.5 bits a number. */
  Q5_K(256, 176, AffineK.Q5_K),
  /** 16 groups of 16 numbers with 8-bit scales; 6.5625 bits a number. */
  Q6_K(256, 210, new Q6_K()),
  /** 256 numbers: a single-precision scale and signed bytes; ggml's form of activations. */
  Q8_K(256, 292, new Q8_K()),
  /** 32 numbers: a half-precision scale and nibbles that stand for 16 uneven values. 4.5 bits. */
  IQ4_NL(32, 18, new IQ4_NL()),
  /** 8 groups of 32 such numbers with 6-bit scales; 4.25 bits a number. */
  IQ4_XS(256, 136, new IQ4_XS()),
  /** 32 floating-point numbers of 4 bits that share a power of two; 4.25 bits a number. */
  MXFP4(32, 17, new MXFP4()),
  /** Floating-point numbers of 8 bits: 4 of exponent, 3 of mantissa, up to 448, no infinity. */
  F8_E4M3(1, 1, Float8.E4M3),
  /** Floating-point numbers of 8 bits: 5 of exponent, 2 of mantissa. */
  F8_E5M2(1, 1, Float8.E5M2),
  /**
   * 32 numbers: a single-precision scale, a zero and nibbles; x = scale·(q - zero). 5.25 bits a
   * number. What GPTQ and AWQ checkpoints hold, in a layout of our own.
   */
  AFFINE4(32, 21, new Affine4());

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
    format.encode(source, from, count, null, target, to);
  }

  /**
   * Encodes a whole row, with regard to how much the error of each column counts: the mean square
   * of the activations that meet it, as an importance matrix holds it. The mean square of the row
   * is looked at too, so a row must not be cut. Types that have no use for importance ignore it:
   * those without blocks, Q8_0, Q8_K, MXFP4 and AFFINE4.
   *
   * @param count numbers of the row, whole blocks
   * @param importance [count], at least 0; null: all the same
   * @throws IllegalArgumentException if importance is of another length
   */
  public void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to) {
    if (importance != null && importance.length != count) {
      throw new IllegalArgumentException(
          "importance of %d columns for a row of %d".formatted(importance.length, count));
    }
    format.encode(source, from, count, importance, target, to);
  }
}
