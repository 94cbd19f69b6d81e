package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q3_K and Q6_K: 256 numbers in 16 groups, each with a small signed integer s for its scale, and
 * one half-precision scale d for all; x = d·s·(q - levels).
 */
abstract class SuperSymmetric implements BlockFormat {
  static final int SIZE = 256;
  static final int GROUP = 16;
  static final int GROUPS = SIZE / GROUP;

  private final int blockBytes;
  private final int levels;
  private final int half;
  private final List<Plane> planes;

  /**
   * @param blockBytes bytes of a block
   * @param levels q is in [0, 2·levels)
   * @param half where d (f16) is in a block
   * @param planes where q is in a block
   */
  SuperSymmetric(int blockBytes, int levels, int half, List<Plane> planes) {
    this.blockBytes = blockBytes;
    this.levels = levels;
    this.half = half;
    this.planes = planes;
  }

  abstract void packScales(int[] scales, MemorySegment target, long block);

  abstract void unpackScales(MemorySegment source, long block, int[] scales);

  /** The encoding of a row. */
  abstract class Encoder {
    final float[] x;
    final float[] weights = new float[GROUP];
    final float[] scales = new float[GROUPS];
    final int[] scaleQ = new int[GROUPS];
    final int[] q = new int[SIZE];

    Encoder(float[] x) {
      this.x = x;
    }

    /**
     * Finds all scales, integers for them and first integers for the numbers.
     *
     * @return d
     */
    abstract float fit(int from, int column);

    private void block(int from, int column, MemorySegment target, long to) {
      float d = fit(from, column);
      target.set(FloatFormats.SHORT, to + half, Float.floatToFloat16(d));
      packScales(scaleQ, target, to);
      requantize(from, Float.float16ToFloat(target.get(FloatFormats.SHORT, to + half)));
      for (Plane plane : planes) {
        plane.pack(q, target, to);
      }
    }

    /** Rounds the numbers once more, with scales as they are stored. */
    private void requantize(int from, float d) {
      for (int g = 0; g < GROUPS; g++) {
        float scale = d * scaleQ[g];
        if (scale != 0) {
          for (int j = g * GROUP; j < (g + 1) * GROUP; j++) {
            q[j] = Rounding.nearest(x[from + j] / scale, -levels, levels - 1) + levels;
          }
        }
      }
    }

    /**
     * Rounds scales so that the extreme one becomes exactly -limit.
     *
     * @return the scale of scales, 0 if all are zero
     */
    final float round(int limit) {
      float extreme = SymmetricFit.extreme(scales, 0, GROUPS);
      if (extreme == 0) {
        java.util.Arrays.fill(scaleQ, -limit);
        return 0;
      }
      float inverse = -limit / extreme;
      for (int g = 0; g < GROUPS; g++) {
        int nearest = Rounding.nearest(inverse * scales[g]);
        scaleQ[g] = Math.max(-limit, Math.min(limit - 1, nearest));
      }
      return 1 / inverse;
    }
  }

  abstract Encoder encoder(float[] x, float @Nullable [] importance);

  @Override
  public void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to) {
    Encoder encoder = encoder(source, importance);
    for (int i = 0; i < count; i += SIZE, to += blockBytes) {
      encoder.block(from + i, i, target, to);
    }
  }

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    int[] scales = new int[GROUPS];
    int at = to;
    for (int i = 0; i < count; i += SIZE, from += blockBytes) {
      float d = Float.float16ToFloat(source.get(FloatFormats.SHORT, from + half));
      unpackScales(source, from, scales);
      for (Plane plane : planes) {
        plane.unpack(source, from, q);
      }
      for (int j = 0; j < SIZE; j++, at++) {
        target[at] = d * scales[j / GROUP] * (q[j] - levels);
      }
    }
  }
}
