package dev.puna.tensor;

/**
 * The search for a scale and an offset of a group, x ≈ scale·q - offset with q in [0, levels] and
 * offset ≥ 0, as ggml's quantizers do it: integers are rounded with a scale from a row of
 * candidates, the best scale and offset for these integers follow in closed form (weighted least
 * squares), and the candidate with the least error is kept. The order of every sum is part of the
 * format's reference results.
 */
final class AffineFit {
  /** What is summed over a group. */
  enum Loss {
    ABSOLUTE,
    SQUARED
  }

  /**
   * Candidates (levels + first + step·i) / (max - min) for the inverse scale, with 0 ≤ i ≤ last.
   */
  record Candidates(float first, float step, int last, Loss error) {}

  /** With an importance matrix, for all types. */
  static final Candidates WEIGHTED = new Candidates(-0.9f, 0.05f, 36, Loss.SQUARED);

  private final int size;
  private final int levels;
  private final int[] trial;
  private float min;
  private float max;
  private float sumW;
  private float sumX;

  /** Results of the last search. */
  float scale;

  float offset;

  /**
   * @param size numbers of a group
   * @param levels the largest q
   */
  AffineFit(int size, int levels) {
    this.size = size;
    this.levels = levels;
    trial = new int[size];
  }

  /** Finds scale, offset and {@code q[to, to + size)} for {@code x[from, from + size)}. */
  void search(float[] x, int from, float[] w, int[] q, int to, Candidates candidates) {
    range(x, from, w);
    if (max <= min) {
      java.util.Arrays.fill(q, to, to + size, 0);
      scale = 0;
      offset = -min;
      return;
    }
    float inverse = levels / (max - min);
    scale = 1 / inverse;
    round(x, from, inverse, q, to);
    float best = error(x, from, w, q, to, scale, min, candidates.error);
    for (int i = 0; i <= candidates.last; i++) {
      inverse = (candidates.first + candidates.step * i + levels) / (max - min);
      round(x, from, inverse, trial, 0);
      best = improve(x, from, w, q, to, candidates.error, best);
    }
    offset = -min;
  }

  /** Smallest and largest number, where 0 is in the range if all are positive; sums of weights. */
  private void range(float[] x, int from, float[] w) {
    min = x[from];
    max = x[from];
    sumW = 0;
    sumX = 0;
    for (int i = 0; i < size; i++) {
      float v = x[from + i];
      min = v < min ? v : min;
      max = v > max ? v : max;
      sumW += w[i];
      sumX += w[i] * v;
    }
    min = min > 0 ? 0 : min;
  }

  private void round(float[] x, int from, float inverse, int[] q, int to) {
    for (int i = 0; i < size; i++) {
      q[to + i] = Rounding.nearest(inverse * (x[from + i] - min), 0, levels);
    }
  }

  /** Takes the trial's integers with their best scale and offset if the error is less. */
  private float improve(float[] x, int from, float[] w, int[] q, int to, Loss kind, float best) {
    float sumL = 0;
    float sumLL = 0;
    float sumLX = 0;
    for (int i = 0; i < size; i++) {
      float wl = w[i] * trial[i];
      sumL += wl;
      sumLL += wl * trial[i];
      sumLX += wl * x[from + i];
    }
    float determinant = sumW * sumLL - sumL * sumL;
    if (!(determinant > 0)) {
      return best;
    }
    float s = (sumW * sumLX - sumX * sumL) / determinant;
    float m = (sumLL * sumX - sumL * sumLX) / determinant;
    if (m > 0) {
      m = 0;
      s = sumLX / sumLL;
    }
    float error = error(x, from, w, trial, 0, s, m, kind);
    if (!(error < best)) {
      return best;
    }
    System.arraycopy(trial, 0, q, to, size);
    scale = s;
    min = m;
    return error;
  }

  private float error(
      float[] x, int from, float[] w, int[] q, int to, float scale, float min, Loss kind) {
    float sum = 0;
    for (int i = 0; i < size; i++) {
      float d = scale * q[to + i] + min - x[from + i];
      sum += w[i] * (kind == Loss.ABSOLUTE ? Math.abs(d) : d * d);
    }
    return sum;
  }
}
