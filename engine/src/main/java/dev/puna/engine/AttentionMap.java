package dev.puna.engine;

import dev.puna.program.AttentionWeights;
import dev.puna.program.Mask;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * How much each position of a text takes of each position that it sees, for every query head of one
 * attention: the softmax of the scores, with all that the model does to them. Weights are computed
 * from the queries and keys of the pass when they are asked for, so that a long text's do not all
 * lie in memory.
 */
public final class AttentionMap implements Insight.Mixing {
  private final AttentionWeights weights;
  private final @Nullable Mask mask;
  private final int prefix;
  private final float[][] q;
  private final float[][] k;

  /**
   * @param mask null where every position of a source is seen
   * @param prefix length of the part of the text that is read as a whole
   * @param q queries, [T][H·h]
   * @param k keys, [S][K·h], which are rounded here as the cache rounds them
   */
  AttentionMap(
      AttentionWeights weights,
      @Nullable Mask mask,
      int prefix,
      float[][] q,
      float[][] k,
      DType cache) {
    this.weights = weights;
    this.mask = mask;
    this.prefix = prefix;
    this.q = q;
    this.k = k;
    for (float[] key : k) {
      round(key, cache);
    }
  }

  private static void round(float[] row, DType type) {
    if (type != DType.F32) {
      MemorySegment stored =
          MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(row.length))]);
      type.encode(row, 0, row.length, stored, 0);
      type.decode(stored, 0, row, 0, row.length);
    }
  }

  /** H, query heads. */
  public int heads() {
    return weights.heads().query();
  }

  /** T, positions that attend. */
  public int queries() {
    return q.length;
  }

  /** Positions that are attended to: T, or those of a source. */
  public int keys() {
    return k.length;
  }

  /**
   * What a position takes of each, [{@link #keys}]: not negative, 0 for those that it does not see.
   * They add up to 1, or to less where a head has a sink, which takes the rest.
   */
  public float[] row(int head, int position) {
    int first = mask == null ? 0 : mask.first(position);
    int end = mask == null ? k.length : mask.end(position, prefix);
    int at = head * weights.heads().size();
    double[] seen = weights.of(head, position, first, end, q[position], at, j -> k[j]);
    float[] row = new float[k.length];
    for (int j = first; j < end; j++) {
      row[j] = (float) seen[j - first];
    }
    return row;
  }

  /** The rows of all positions, [T][{@link #keys}]. */
  public float[][] head(int head) {
    float[][] rows = new float[q.length][];
    for (int t = 0; t < rows.length; t++) {
      rows[t] = row(head, t);
    }
    return rows;
  }

  /** All heads', [H][T][{@link #keys}]: a great deal for a long text. */
  public float[][][] all() {
    float[][][] all = new float[heads()][][];
    for (int head = 0; head < all.length; head++) {
      all[head] = head(head);
    }
    return all;
  }
}
