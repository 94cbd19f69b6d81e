package dev.puna.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Q2_K, Q4_K and Q5_K: 256 numbers in groups, each with a small integer s for its scale and another
 * m for its smallest number, whose own scales are two half-precision numbers; x = d·s·q - e·m.
 */
abstract class SuperAffine implements BlockFormat {
  static final int SIZE = 256;

  /**
   * @param blockBytes bytes of a block
   * @param group numbers of a group
   * @param levels the largest q
   * @param scaleLevels the largest s and m
   * @param halves where d (f16) | e (f16) are in a block
   * @param planes where q is in a block
   * @param candidates how scales are searched without importance
   * @param spread with importance, σ² as a part of the block's mean square
   */
  record Layout(
      int blockBytes,
      int group,
      int levels,
      int scaleLevels,
      int halves,
      List<Plane> planes,
      AffineFit.Candidates candidates,
      int spread) {
    int groups() {
      return SIZE / group;
    }
  }

  private final Layout layout;

  SuperAffine(Layout layout) {
    this.layout = layout;
  }

  /** What each number's error counts, without importance. */
  abstract void weigh(float[] x, int from, float[] weights);

  abstract void packScales(int[] scales, int[] mins, MemorySegment target, long block);

  abstract void unpackScales(MemorySegment source, long block, int[] scales, int[] mins);

  @Override
  public void decode(MemorySegment source, long from, float[] target, int to, int count) {
    int[] q = new int[SIZE];
    int[] scales = new int[layout.groups()];
    int[] mins = new int[layout.groups()];
    int at = to;
    for (int i = 0; i < count; i += SIZE, from += layout.blockBytes) {
      float d = half(source, from, 0);
      float e = half(source, from, 2);
      unpackScales(source, from, scales, mins);
      for (Plane plane : layout.planes) {
        plane.unpack(source, from, q);
      }
      for (int g = 0; g < scales.length; g++) {
        float scale = d * scales[g];
        float min = e * mins[g];
        for (int j = g * layout.group; j < (g + 1) * layout.group; j++, at++) {
          target[at] = scale * q[j] - min;
        }
      }
    }
  }

  private float half(MemorySegment block, long at, int which) {
    return Float.float16ToFloat(block.get(FloatFormats.SHORT, at + layout.halves + which));
  }

  @Override
  public void encode(
      float[] source,
      int from,
      int count,
      float @Nullable [] importance,
      MemorySegment target,
      long to) {
    Encoder encoder = new Encoder(source, importance);
    for (int i = 0; i < count; i += SIZE, to += layout.blockBytes) {
      encoder.block(from + i, i, target, to);
    }
  }

  /** The encoding of a row. */
  private final class Encoder {
    final float[] x;
    final float @Nullable [] importance;
    final AffineFit fit = new AffineFit(layout.group, layout.levels);
    final float[] weights = new float[layout.group];
    final float[] scales = new float[layout.groups()];
    final float[] offsets = new float[layout.groups()];
    final float[] counts = new float[layout.groups()];
    final int[] q = new int[SIZE];
    final int[] scaleQ = new int[layout.groups()];
    final int[] offsetQ = new int[layout.groups()];

    Encoder(float[] x, float @Nullable [] importance) {
      this.x = x;
      this.importance = importance;
    }

    void block(int from, int column, MemorySegment target, long to) {
      float d;
      float e;
      if (importance == null) {
        fit(from);
        d = round(scales, scaleQ);
        e = round(offsets, offsetQ);
      } else {
        fit(from, importance, column);
        d = PositiveFit.search(scales, counts, layout.scaleLevels, scaleQ);
        e = PositiveFit.search(offsets, counts, layout.scaleLevels, offsetQ);
      }
      target.set(FloatFormats.SHORT, to + layout.halves, Float.floatToFloat16(d));
      target.set(FloatFormats.SHORT, to + layout.halves + 2, Float.floatToFloat16(e));
      packScales(scaleQ, offsetQ, target, to);
      unpackScales(target, to, scaleQ, offsetQ);
      requantize(from, half(target, to, 0), half(target, to, 2));
      for (Plane plane : layout.planes) {
        plane.pack(q, target, to);
      }
    }

    private void fit(int from) {
      for (int g = 0; g < scales.length; g++) {
        int first = g * layout.group;
        weigh(x, from + first, weights);
        search(g, from + first, layout.candidates);
      }
    }

    private void fit(int from, float[] importance, int column) {
      float variance = layout.spread * Importance.squares(x, from, SIZE) / SIZE;
      for (int g = 0; g < scales.length; g++) {
        int first = g * layout.group;
        Importance.weigh(x, from + first, importance, column + first, variance, weights);
        counts[g] = Importance.sum(weights);
        search(g, from + first, AffineFit.WEIGHTED);
      }
    }

    private void search(int g, int from, AffineFit.Candidates candidates) {
      fit.search(x, from, weights, q, g * layout.group, candidates);
      scales[g] = fit.scale;
      offsets[g] = fit.offset;
    }

    /** Rounds scales so that the largest takes the largest integer; the scale of scales. */
    private float round(float[] all, int[] rounded) {
      float max = 0;
      for (float one : all) {
        max = one > max ? one : max;
      }
      float inverse = max > 0 ? layout.scaleLevels / max : 0;
      for (int g = 0; g < all.length; g++) {
        int nearest = Rounding.nearest(inverse * all[g]) & 255;
        rounded[g] = Math.min(layout.scaleLevels, nearest);
      }
      return max / layout.scaleLevels;
    }

    /** Rounds the numbers once more, with scales as they are stored. */
    private void requantize(int from, float d, float e) {
      for (int g = 0; g < scales.length; g++) {
        float scale = d * scaleQ[g];
        float min = e * offsetQ[g];
        if (scale != 0) {
          for (int j = g * layout.group; j < (g + 1) * layout.group; j++) {
            q[j] = Rounding.nearest((x[from + j] + min) / scale, 0, layout.levels);
          }
        }
      }
    }
  }
}
