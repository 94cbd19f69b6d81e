package dev.puna.engine;

/**
 * Exponentials of many logits at once: a polynomial, so that the compiler makes vector instructions
 * of the loop; four times as fast as as many calls of {@link Math#exp}.
 */
final class Softmax {
  /**
   * ln of the least weight there is: smaller ones become as large. A vocabulary of a million such
   * weights is less than what a double holds beside 1.
   */
  static final double FLOOR = -52;

  /** 2^7: a polynomial of degree 12 is exact enough on a range so many times smaller. */
  private static final double PARTS = 128;

  private Softmax() {}

  /**
   * w = exp((x - max) / T), to a relative error of 1e-12; at least exp({@link #FLOOR}).
   *
   * @param x logits, from {@code from} on, none more than max
   * @param count how many
   * @param weights filled from 0 on
   */
  static void weights(
      float[] x, int from, int count, double max, double temperature, double[] weights) {
    double scale = 1 / (PARTS * temperature);
    for (int i = 0; i < count; i++) {
      double y = Math.max((x[from + i] - max) * scale, FLOOR / PARTS);
      double p = y * (1.0 / 479001600) + 1.0 / 39916800;
      p = p * y + 1.0 / 3628800;
      p = p * y + 1.0 / 362880;
      p = p * y + 1.0 / 40320;
      p = p * y + 1.0 / 5040;
      p = p * y + 1.0 / 720;
      p = p * y + 1.0 / 120;
      p = p * y + 1.0 / 24;
      p = p * y + 1.0 / 6;
      p = p * y + 0.5;
      p = p * y + 1;
      p = p * y + 1;
      p *= p; // exp(y) to the power of 128
      p *= p;
      p *= p;
      p *= p;
      p *= p;
      p *= p;
      weights[i] = p * p;
    }
  }

  /** Their sum; in four parts, so that no addition waits for the one before. */
  static double sum(double[] weights, int count) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < count; i += 4) {
      a += weights[i];
      b += weights[i + 1];
      c += weights[i + 2];
      d += weights[i + 3];
    }
    for (; i < count; i++) {
      a += weights[i];
    }
    return (a + b) + (c + d);
  }
}
