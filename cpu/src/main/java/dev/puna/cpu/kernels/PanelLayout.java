package dev.puna.cpu.kernels;

import dev.puna.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * How weights of a type lie in panels of 16 rows: first what scales them, block by block, then
 * their quants, of each row 32 bits side by side. So a vector of 512 bits, or two of 256, holds the
 * same columns of all rows of the panel, a row's sums stay in its lane, and nothing is added up
 * across lanes. A panel takes as much memory as its rows did, but for Q4_K and Q5_K, whose scales
 * of 6 bits become bytes (4 bytes more for 256 weights).
 *
 * <ul>
 *   <li>Q8_0: heads d[16] f16; quants q[8][16] of 4 bytes
 *   <li>Q4_0: heads d[16] f16; quants q[4][16] of 4 bytes: columns 4i (lower nibbles) and 16 + 4i
 *   <li>Q4_1: the same behind d[16] f16, n[16] f16, the smallest numbers with their sign turned:
 *       all layouts subtract them
 *   <li>Q5_0: heads d[16] f16; quants q[5][16] of 4 bytes, of five bits each: the lowest five of
 *       vector i are columns 4i; above them are the lower three bits of columns 20, 24 and 28 in
 *       vectors 0 to 2, and in 3 and 4 a bit of columns 28 (worth 8 and 16), then the upper two of
 *       columns 20 and 24. So no vector holds single bits, which would take a kernel three
 *       instructions for each four columns
 *   <li>Q5_1: the same behind heads as Q4_1's
 *   <li>Q4_K: heads d[16] f16, e[16] f16, s[8][16] u8, m[8][16] u8; quants, for each 32 columns, as
 *       Q4_0's
 *   <li>Q5_K: heads as Q4_K's; quants, for each 32 columns, as Q5_0's
 *   <li>Q6_K: heads d[16] f16, s[16][16] i8; quants, for each 16 columns, q[3][16] of 4 bytes:
 *       columns 0 (lower nibbles) and 8, columns 4 and 12, and two upper bits each of columns 0, 4,
 *       8 and 12, from the lowest bits on
 * </ul>
 *
 * The words of Q8_0, Q4_0 and Q4_1 are the file's. Those of the K types are not: in the file the
 * columns of a byte are 32 apart, or 32, 64 and 96, and have other scales.
 */
public enum PanelLayout {
  Q8_0(32, 32, 512, 128, 32, false),
  Q4_0(32, 32, 256, 8, 32, false),
  Q4_1(32, 64, 256, 0, 32, true),
  Q5_0(32, 32, 320, 16, 32, false),
  Q5_1(32, 64, 320, 16, 32, true),
  Q4_K(256, 320, 2048, 0, 32, true),
  Q5_K(256, 320, 2560, 16, 32, true),
  Q6_K(256, 288, 3072, 32, 16, false);

  /** Rows of a panel. */
  public static final int ROWS = 16;

  private final int columns;
  private final int headBytes;
  private final int quantBytes;
  private final int zero;
  private final int span;
  private final boolean smallest;

  /**
   * @param columns of a block
   * @param headBytes of a block of all 16 rows
   * @param quantBytes of a block of all 16 rows
   * @param zero what is taken off each unsigned quant
   * @param span columns whose quants have a scale in common
   * @param smallest whether these have a smallest number, too, which is subtracted
   */
  PanelLayout(int columns, int headBytes, int quantBytes, int zero, int span, boolean smallest) {
    this.columns = columns;
    this.headBytes = headBytes;
    this.quantBytes = quantBytes;
    this.zero = zero;
    this.span = span;
    this.smallest = smallest;
  }

  /** The layout for weights of a type; null if they are used as they are stored. */
  public static @Nullable PanelLayout of(DType type) {
    return switch (type) {
      case Q8_0 -> Q8_0;
      case Q4_0 -> Q4_0;
      case Q4_1 -> Q4_1;
      case Q5_0 -> Q5_0;
      case Q5_1 -> Q5_1;
      case Q4_K -> Q4_K;
      case Q5_K -> Q5_K;
      case Q6_K -> Q6_K;
      default -> null;
    };
  }

  public int columns() {
    return columns;
  }

  public int headBytes() {
    return headBytes;
  }

  public int quantBytes() {
    return quantBytes;
  }

  public int zero() {
    return zero;
  }

  public int span() {
    return span;
  }

  public boolean smallest() {
    return smallest;
  }

  /** Whether quants are of five bits, packed as Q5_0's. */
  public boolean fiveBits() {
    return quantBytes / columns == 10;
  }

  /** Bytes of a panel's heads; its quants come behind them. */
  public long headsBytes(int cols) {
    return roundUp64((long) cols / columns * headBytes);
  }

  /** Bytes of a panel. */
  public long panelBytes(int cols) {
    return headsBytes(cols) + (long) cols / columns * quantBytes;
  }

  /** Panels of so many rows; the last may be padded. */
  public static int panels(int rows) {
    return (rows + ROWS - 1) / ROWS;
  }

  private static long roundUp64(long bytes) {
    return (bytes + 63) & -64L;
  }
}
