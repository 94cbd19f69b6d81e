package dev.puna.model;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them. */
public final class Quantity {
  private static final String[] BYTES = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final String[] COUNTS = {"", "K", "M", "B", "T"};
  private static final int SHORTEN_FROM = 10_000;

  private Quantity() {}

  /** All digits: "6,738,415,616". */
  public static String exact(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Three digits and, from 10,000, the field's letters: "4,096", "131M", "6.74B". */
  public static String rounded(long count) {
    if (Math.abs(count) < SHORTEN_FROM) {
      return exact(count);
    }
    // rounded first, so that 999,999 becomes 1M instead of 1000K
    BigDecimal digits = new BigDecimal(count).round(new MathContext(3));
    int unit = Math.min((digits.precision() - digits.scale() - 1) / 3, COUNTS.length - 1);
    return digits.movePointLeft(3 * unit).stripTrailingZeros().toPlainString() + COUNTS[unit];
  }

  /** Binary units: "26.08 GiB"; whole numbers have no decimals: "512 KiB". */
  public static String bytes(long bytes) {
    int unit = bytes == 0 ? 0 : (63 - Long.numberOfLeadingZeros(Math.abs(bytes))) / 10;
    long size = 1L << 10 * unit;
    return bytes % size == 0
        ? String.format(Locale.ROOT, "%d %s", bytes / size, BYTES[unit])
        : String.format(Locale.ROOT, "%.2f %s", (double) bytes / size, BYTES[unit]);
  }

  /** Without a decimal point where there is nothing behind it: "10000", "0.25". */
  static String plain(double number) {
    return new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
  }

  /** As Python writes small numbers, which is how configurations spell them: "1e-05". */
  static String scientific(float number) {
    String digits = String.format(Locale.ROOT, "%.6e", Double.parseDouble(Float.toString(number)));
    return digits.replaceFirst("\\.?0+e", "e");
  }
}
