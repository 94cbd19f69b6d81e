package dev.puna.program;

/**
 * The heads of an attention: H query heads in K groups that share a key and a value head. K = H is
 * multi-head, K = 1 multi-query (Shazeer 2019), between them grouped-query attention (Ainslie et
 * al. 2023).
 *
 * @param query H, number of query heads
 * @param kv K, number of key and value heads; divides H
 * @param size h, columns of a query or key head
 * @param valueSize columns of a value head
 * @param scale factor of the scores, usually 1/√h
 */
public record Heads(int query, int kv, int size, int valueSize, float scale) {
  public Heads {
    if (query < 1 || kv < 1 || query % kv != 0 || size < 1 || valueSize < 1) {
      throw new IllegalArgumentException(
          "%d query heads of %d, %d key heads".formatted(query, size, kv));
    }
  }

  public static Heads of(int query, int kv, int size) {
    return new Heads(query, kv, size, size, (float) (1 / Math.sqrt(size)));
  }

  /** The same heads with another factor of their scores. */
  public Heads scale(double other) {
    return new Heads(query, kv, size, valueSize, (float) other);
  }

  /** Query heads per key head, H/K. */
  public int group() {
    return query / kv;
  }
}
