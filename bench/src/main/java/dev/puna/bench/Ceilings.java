package dev.puna.bench;

import dev.puna.cpu.MultiplyRate;
import dev.puna.cpu.ReadBandwidth;
import java.util.Locale;

/**
 * What the machine can do at most, measured on the spot: it changes from minute to minute where a
 * machine is shared, so a figure and its ceiling belong to the same process.
 *
 * @param gigabytes 10⁹ bytes read from memory per second, by all threads: decoding's ceiling
 * @param floatGigamacs 10⁹ multiply-adds per second of single-precision numbers: prefill's ceiling
 * @param byteGigamacs the same of bytes, summed up in whole numbers
 */
public record Ceilings(double gigabytes, double floatGigamacs, double byteGigamacs) {
  /**
   * Takes some tenths of a second.
   *
   * @param threads 0 takes all cores
   */
  public static Ceilings measure(int threads) {
    return new Ceilings(
        ReadBandwidth.gigabytesPerSecond(threads),
        MultiplyRate.gigamacsPerSecond(threads, false),
        MultiplyRate.gigamacsPerSecond(threads, true));
  }

  /** {@code THREADS} gives them as a JSON document. */
  public static void main(String[] arguments) {
    int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    Ceilings ceilings = measure(threads);
    System.out.printf(
        Locale.ROOT,
        "{\"bandwidth_gb_per_s\":%.2f,\"float_gmac_per_s\":%.1f,\"byte_gmac_per_s\":%.1f}%n",
        ceilings.gigabytes,
        ceilings.floatGigamacs,
        ceilings.byteGigamacs);
  }
}
