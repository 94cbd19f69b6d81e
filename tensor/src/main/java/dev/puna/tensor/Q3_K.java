package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q3_K: the highest bits of q, [32] (a byte holds those of 8 numbers 32 apart) | its lower two
 * bits, [64] (of four numbers 32 apart) | scales[12]: s + 32 in 6 bits, the low nibbles first (two
 * a byte, 8 apart), then the upper bits (four a byte, 4 apart) | d (f16).
 */
final class Q3_K extends SuperSymmetric {
  private static final int LEVELS = 4;
  private static final int SCALE_LEVELS = 32;
  private static final int ROUNDS = 5;
  private static final List<Plane> SCALES = List.of(new Plane(96, 4, 8), new Plane(104, 2, 4, 4));

  Q3_K() {
    super(110, LEVELS, 108, List.of(new Plane(32, 2, 32), new Plane(0, 1, 32, 2)));
  }

  @Override
  Encoder encoder(float[] x, float @Nullable [] importance) {
    return importance == null ? new Plain(x) : new Weighted(x, importance);
  }

  @Override
  void packScales(int[] scales, MemorySegment target, long block) {
    int[] positive = new int[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      positive[g] = scales[g] + SCALE_LEVELS;
    }
    for (Plane plane : SCALES) {
      plane.pack(positive, target, block);
    }
  }

  @Override
  void unpackScales(MemorySegment source, long block, int[] scales) {
    for (Plane plane : SCALES) {
      plane.unpack(source, block, scales);
    }
    for (int g = 0; g < GROUPS; g++) {
      scales[g] -= SCALE_LEVELS;
    }
  }

  private final class Weighted extends Encoder {
    private final float[] importance;
    private final float[] counts = new float[GROUPS];

    Weighted(float[] x, float[] importance) {
      super(x);
      this.importance = importance;
    }

    @Override
    float fit(int from, int column) {
      float variance = 2 * Importance.squares(x, from, SIZE) / SIZE;
      for (int g = 0; g < GROUPS; g++) {
        int first = g * GROUP;
        Importance.weigh(x, from + first, importance, column + first, variance, weights);
        counts[g] = Importance.sum(weights);
        scales[g] = SymmetricFit.search(x, from + first, weights, LEVELS, q, first);
      }
      float d = SymmetricFit.search(scales, 0, counts, SCALE_LEVELS, scaleQ, 0);
      for (int g = 0; g < GROUPS; g++) {
        scaleQ[g] -= SCALE_LEVELS;
      }
      return d;
    }
  }

  /** Scales by changing integers one at a time as long as that explains more. */
  private final class Plain extends Encoder {
    private float sumLX;
    private float sumLL;

    Plain(float[] x) {
      super(x);
    }

    @Override
    float fit(int from, int column) {
      for (int g = 0; g < GROUPS; g++) {
        scales[g] = search(from + g * GROUP, g * GROUP);
      }
      return round(SCALE_LEVELS);
    }

    private float search(int from, int to) {
      float extreme = SymmetricFit.extreme(x, from, GROUP);
      if (Math.abs(extreme) < SymmetricFit.NOTHING) {
        java.util.Arrays.fill(q, to, to + GROUP, 0);
        return 0;
      }
      float inverse = -LEVELS / extreme;
      sumLX = 0;
      sumLL = 0;
      for (int i = 0; i < GROUP; i++) {
        float v = x[from + i];
        int l = Rounding.nearest(inverse * v, -LEVELS, LEVELS - 1);
        q[to + i] = l;
        sumLX += v * v * v * l;
        sumLL += v * v * l * l;
      }
      for (int i = 0; i < ROUNDS && change(from, to); i++) {}
      for (int i = to; i < to + GROUP; i++) {
        q[i] += LEVELS;
      }
      return sumLL > 0 ? sumLX / sumLL : 0;
    }

    private boolean change(int from, int to) {
      boolean changed = false;
      for (int i = 0; i < GROUP; i++) {
        float v = x[from + i];
        float w = v * v;
        int old = q[to + i];
        float lx = sumLX - w * v * old;
        if (!(lx > 0)) {
          continue;
        }
        float ll = sumLL - w * old * old;
        int l = Rounding.nearest(v * ll / lx, -LEVELS, LEVELS - 1);
        if (l == old) {
          continue;
        }
        lx += w * v * l;
        ll += w * l * l;
        if (ll > 0 && lx * lx * sumLL > sumLX * sumLX * ll) {
          q[to + i] = l;
          sumLX = lx;
          sumLL = ll;
          changed = true;
        }
      }
      return changed;
    }
  }
}
