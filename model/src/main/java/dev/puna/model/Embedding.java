package dev.puna.model;

import dev.puna.program.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * From tokens to rows.
 *
 * @param positions where a token's position enters
 * @param segments kinds of text that have an embedding each; 0: none
 * @param columns of the table, where a projection leads from there to the width; 0: the width
 * @param scale factor of the token's row
 * @param norm of the sum; may be null
 */
public record Embedding(
    Positions positions, int segments, int columns, float scale, @Nullable Normalization norm) {
  /** The token's row and nothing else. */
  public static final Embedding PLAIN = of(new InLayers());

  public static Embedding of(Positions positions) {
    return new Embedding(positions, 0, 0, 1, null);
  }

  public Embedding scale(double factor) {
    return new Embedding(positions, segments, columns, (float) factor, norm);
  }

  public Embedding norm(@Nullable Normalization normalization) {
    return new Embedding(positions, segments, columns, scale, normalization);
  }

  /** Where the position of a token enters. */
  public sealed interface Positions {}

  /** In the layers' mixers: rotation, biases of scores, or order itself. */
  public record InLayers() implements Positions {}

  /** A learned row for each of so many positions is added. */
  public record Learned(int count) implements Positions {}

  /** Fixed sines and cosines are added (Vaswani et al. 2017). */
  public record Sinusoidal() implements Positions {}
}
