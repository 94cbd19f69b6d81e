package dev.puna.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The 16 values of IQ4_NL and IQ4_XS, denser near zero, as weights are: x = scale·value[q]; and the
 * search for the scale of a group of 32, as ggml's quantizers do it. The order of every sum is part
 * of the format's reference results.
 */
final class NonLinear {
  private NonLinear() {}

  static final int GROUP = 32;
  private static final int TRIES = 7;
  private static final int[] VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  static int value(int q) {
    return VALUES[q];
  }

  /**
   * The nearest value's index, the upper one's if there are two; the last for what is no number.
   */
  static int index(float x) {
    float twice = x + x;
    int index = 0;
    for (int step = VALUES.length / 2; step > 0; step /= 2) {
      int j = index + step;
      index = twice < VALUES[j - 1] + VALUES[j] ? index : j;
    }
    return index;
  }

  /** Rounds {@code q[to, to + 32)}. */
  static void round(float[] x, int from, float inverse, int[] q, int to) {
    for (int i = 0; i < GROUP; i++) {
      q[to + i] = index(inverse * x[from + i]);
    }
  }

  /** What each number's error counts: with importance as always, without it x². */
  static void weigh(
      float[] x,
      int from,
      float @Nullable [] importance,
      int column,
      float variance,
      float[] weights) {
    if (importance != null) {
      Importance.weigh(x, from, importance, column, variance, weights);
      return;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] = x[from + i] * x[from + i];
    }
  }

  /** The scale of the group {@code x[from, from + 32)}. */
  static float scale(float[] x, int from, float[] w) {
    float extreme = SymmetricFit.extreme(x, from, GROUP);
    if (Math.abs(extreme) < SymmetricFit.NOTHING) {
      return 0;
    }
    float scale = 0;
    float best = 0;
    for (int i = -TRIES - 1; i <= TRIES; i++) {
      boolean first = i < -TRIES; // the extreme becomes the positive end, and any scale will do
      float inverse = first ? 1 / (-extreme / VALUES[0]) : (i + VALUES[0]) / extreme;
      float sumQX = 0;
      float sumQQ = 0;
      for (int j = 0; j < GROUP; j++) {
        float q = VALUES[index(inverse * x[from + j])];
        float wq = w[j] * q;
        sumQX += wq * x[from + j];
        sumQQ += wq * q;
      }
      if (first ? sumQQ > 0 : sumQQ > 0 && sumQX * sumQX > best * sumQQ) {
        scale = sumQX / sumQQ;
        best = scale * sumQX;
      }
    }
    return scale;
  }
}
