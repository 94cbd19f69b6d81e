package dev.puna.tensor;

/**
 * The search for a group's scale, x ≈ scale·(q - levels) with q in [0, 2·levels), as ggml's
 * quantizers do it: integers are rounded with a scale that makes the extreme number about -levels,
 * in 19 variations; the best scale for them follows (weighted least squares), and the variation
 * that explains most is kept. The order of every sum is part of the format's reference results.
 */
final class SymmetricFit {
  /** A group whose largest magnitude is below this is all zero. */
  static final float NOTHING = 1e-15f;

  private SymmetricFit() {}

  /** The number of largest magnitude, the first of them; 0 if there is none. */
  static float extreme(float[] x, int from, int count) {
    float extreme = 0;
    for (int i = from; i < from + count; i++) {
      extreme = Math.abs(x[i]) > Math.abs(extreme) ? x[i] : extreme;
    }
    return extreme;
  }

  /**
   * Finds {@code q[to, to + w.length)} for {@code x[from, from + w.length)}.
   *
   * @param w what each number's error counts
   * @return the scale
   */
  static float search(float[] x, int from, float[] w, int levels, int[] q, int to) {
    int size = w.length;
    float extreme = extreme(x, from, size);
    if (Math.abs(extreme) < NOTHING) {
      java.util.Arrays.fill(q, to, to + size, 0);
      return 0;
    }
    float kept = -levels / extreme;
    float scale = 0;
    float best = 0;
    for (int i = -10; i <= 9; i++) {
      // first the plain one (here for -10), then those from 0.9 levels less to 0.9 more
      float inverse = i == -10 ? kept : -(levels + 0.1f * i) / extreme;
      if (i == 0) {
        continue;
      }
      float sumLX = 0;
      float sumLL = 0;
      for (int j = 0; j < size; j++) {
        int l = Rounding.nearest(inverse * x[from + j], -levels, levels - 1);
        sumLX += w[j] * x[from + j] * l;
        sumLL += w[j] * l * l;
      }
      if (i == -10) {
        scale = sumLL != 0 ? sumLX / sumLL : 0;
        best = scale * sumLX;
      } else if (sumLL > 0 && sumLX * sumLX > best * sumLL) {
        kept = inverse;
        scale = sumLX / sumLL;
        best = scale * sumLX;
      }
    }
    for (int j = 0; j < size; j++) {
      q[to + j] = Rounding.nearest(kept * x[from + j], -levels, levels - 1) + levels;
    }
    return scale;
  }
}
