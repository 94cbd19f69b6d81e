package dev.puna.bench;

import dev.puna.cpu.ReadBandwidth;
import java.util.Locale;

/**
 * What the machine can do at most, measured on the spot: it changes from minute to minute where a
 * machine is shared, so a figure and its ceiling belong to the same process.
 *
 * @param gigabytes 10⁹ bytes read from memory per second, by all threads: decoding's ceiling
 */
public record Ceilings(double gigabytes) {
  /**
   * Takes some tenths of a second.
   *
   * @param threads 0 takes all cores
   */
  public static Ceilings measure(int threads) {
    return new Ceilings(ReadBandwidth.gigabytesPerSecond(threads));
  }

  /** {@code THREADS} gives them as a JSON document. */
  public static void main(String[] arguments) {
    int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    Ceilings ceilings = measure(threads);
    System.out.printf(Locale.ROOT, "{\"bandwidth_gb_per_s\":%.2f}%n", ceilings.gigabytes);
  }
}
