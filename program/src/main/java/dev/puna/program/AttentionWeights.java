package dev.puna.program;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How much a query takes of each value: the softmax of its scores, in double precision. This is the
 * formula of {@link Op.Attend} and {@link Op.AttendSource}; the reference interpreter computes by
 * it, and so does whoever wants to look at attention.
 *
 * @param heads whose columns and whose scale
 * @param scores what becomes of the scaled products
 * @param table (buckets, H), of relative positions; null without
 * @param sinks (H), a further score for each head; null without
 */
public record AttentionWeights(
    Heads heads, Scores scores, float @Nullable [] table, float @Nullable [] sinks) {

  /**
   * The weights of the positions that a query sees, which add up to 1; with sinks there is one more
   * at the end, the sink's.
   *
   * @param position where the query stands
   * @param from the first position that it sees
   * @param to one more than the last
   * @param q a row of queries
   * @param at where the head's query begins in it
   * @param keys the row of keys of a position, (K·h)
   */
  public double[] of(
      int head, int position, int from, int to, float[] q, int at, IntFunction<float[]> keys) {
    double scale = heads.scale() * scores.growth(position);
    float cap = scores.cap();
    int keyAt = head / heads.group() * heads.size();
    double[] weights = new double[sinks == null ? to - from : to - from + 1];
    for (int j = from; j < to; j++) {
      double s = scale * Reference.dot(q, at, keys.apply(j), keyAt, heads.size());
      weights[j - from] = (cap == 0 ? s : cap * Math.tanh(s / cap)) + bias(head, j - position);
    }
    if (sinks != null) {
      weights[to - from] = sinks[head];
    }
    Reference.softmax(weights);
    return weights;
  }

  private double bias(int head, int distance) {
    return switch (scores.bias()) {
      case Scores.None none -> 0;
      case Scores.Alibi alibi -> alibi.slopes().get(head) * distance;
      case Scores.Buckets buckets -> {
        if (table == null) {
          throw new IllegalStateException("no table of relative positions");
        }
        yield table[buckets.bucket(distance) * heads.query() + head];
      }
    };
  }
}
