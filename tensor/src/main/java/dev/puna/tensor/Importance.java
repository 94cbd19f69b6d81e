package dev.puna.tensor;

/**
 * What the error of a number counts in a search for scales: the importance of its column times √(σ²
 * + x²), with σ² a mean square of the numbers around it, so that large numbers count more than
 * small ones, but small ones do not vanish.
 */
final class Importance {
  private Importance() {}

  /** Sum of squares of {@code x[from, from + count)}, in this order. */
  static float squares(float[] x, int from, int count) {
    float sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += x[i] * x[i];
    }
    return sum;
  }

  /**
   * The weights of a group, which they fill.
   *
   * @param column the group's first column
   */
  static void weigh(
      float[] x, int from, float[] importance, int column, float variance, float[] weights) {
    for (int i = 0; i < weights.length; i++) {
      float v = x[from + i];
      weights[i] = importance[column + i] * (float) Math.sqrt(variance + v * v);
    }
  }

  /** Sum of all weights. */
  static float sum(float[] weights) {
    float sum = 0;
    for (float weight : weights) {
      sum += weight;
    }
    return sum;
  }
}
