package dev.puna.cpu.kernels;

/**
 * Rows of activations as products with panels read them: of each 32 columns 32 signed bytes q, then
 * a scale dx = max|x| / 127 and dx·Σq in single precision, then two seeds, by which sums begin so
 * that the zero of unsigned weights comes off: -zero·Σq, over the columns that a scale of the
 * weights covers (32, or 16 and 16). A sum of 16 bits begins with a seed of two halves, one for
 * each pair of bytes of four; it may overflow on the way, its result does not.
 *
 * <p>Rounding to 8 bits changes a product with random weights by 0.4 % of its size. Blocks of 32
 * rather than 256, as other engines have them for K types, halve that.
 */
public final class QuantizedRows {
  private QuantizedRows() {}

  /** Columns of a block. */
  public static final int COLUMNS = 32;

  /** Bytes of a block. */
  public static final int BLOCK = 48;

  /** What 127 is divided by is at least this: zeros become zeros. */
  public static final float LEAST = 1e-30f;

  /** Byte of a block where its scale is. */
  public static final int SCALE = 32;

  /** Byte of a block where its scaled sum is. */
  public static final int SUM = 36;

  static final int SEED = 40;

  /** Bytes of a row of so many columns. */
  public static long rowBytes(int cols) {
    return (long) cols / COLUMNS * BLOCK;
  }
}
