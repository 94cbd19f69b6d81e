package dev.puna.tensor;

/**
 * The search for the scale of scales, x ≈ scale·q with x ≥ 0 and q in [0, levels], as ggml's
 * quantizers do it with an importance matrix: the best of nine rounding scales, then integers are
 * changed one at a time as long as that explains more. The order of every sum is part of the
 * format's reference results; so is that an integer is kept as its low byte, in the rare case of a
 * negative scale: of a group in which all numbers that count are nearly the same.
 */
final class PositiveFit {
  private static final int ROUNDS = 5;
  private static final int BYTE = 255;

  private final float[] x;
  private final float[] w;
  private final int levels;
  private final int[] q;
  private float sumLX;
  private float sumLL;

  private PositiveFit(float[] x, float[] w, int levels, int[] q) {
    this.x = x;
    this.w = w;
    this.levels = levels;
    this.q = q;
  }

  /**
   * Finds {@code q} for {@code x}.
   *
   * @param w what each number's error counts
   * @return the scale
   */
  static float search(float[] x, float[] w, int levels, int[] q) {
    float max = 0;
    for (float v : x) {
      max = v > max ? v : max;
    }
    if (max < SymmetricFit.NOTHING) {
      java.util.Arrays.fill(q, 0);
      return 0;
    }
    PositiveFit fit = new PositiveFit(x, w, levels, q);
    fit.round(fit.inverse(max));
    for (int i = 0; i < ROUNDS && fit.change(); i++) {}
    return fit.sumLL > 0 ? fit.sumLX / fit.sumLL : 0;
  }

  /** The inverse scale with the least squared error. */
  private float inverse(float max) {
    float kept = levels / max;
    float best = error(kept, BYTE);
    for (int i = -4; i <= 4; i++) {
      float inverse = (0.1f * i + levels) / max;
      float error = i == 0 ? best : error(inverse, ~0);
      if (error < best) {
        best = error;
        kept = inverse;
      }
    }
    return kept;
  }

  private float error(float inverse, int mask) {
    float scale = 1 / inverse;
    float sum = 0;
    for (int i = 0; i < x.length; i++) {
      float d = x[i] - scale * (level(inverse * x[i]) & mask);
      sum += w[i] * d * d;
    }
    return sum;
  }

  private int level(float x) {
    return Math.min(levels, Rounding.nearest(x));
  }

  private void round(float inverse) {
    for (int i = 0; i < x.length; i++) {
      int l = level(inverse * x[i]);
      sumLX += w[i] * x[i] * l;
      sumLL += w[i] * l * l;
      q[i] = l & BYTE;
    }
  }

  /** Changes the integers that gain by it; whether there was one. */
  private boolean change() {
    boolean changed = false;
    for (int i = 0; i < x.length; i++) {
      float lx = sumLX - w[i] * x[i] * q[i];
      float ll = sumLL - w[i] * q[i] * q[i];
      if (!(lx > 0 && ll > 0)) {
        continue;
      }
      int l = level(x[i] * ll / lx);
      if (l == q[i]) {
        continue;
      }
      lx += w[i] * x[i] * l;
      ll += w[i] * l * l;
      if (lx * lx * sumLL > sumLX * sumLX * ll) {
        q[i] = l & BYTE;
        sumLX = lx;
        sumLL = ll;
        changed = true;
      }
    }
    return changed;
  }
}
