package dev.puna.program;

/**
 * Sizes of a selective state space. Mamba has as many heads as columns, Mamba 2 fewer and wider
 * ones that share a decay.
 *
 * @param heads H
 * @param size p, columns of a head
 * @param groups G, sets of input and output projections; divides H
 * @param states N, numbers that a column keeps
 * @param decays columns of a: N where each state has its own decay, 1 where a head has one
 * @param least lower bound of the step Δ
 * @param most upper bound of it
 */
public record StateSpace(
    int heads, int size, int groups, int states, int decays, float least, float most) {
  public StateSpace {
    if (heads < 1
        || size < 1
        || groups < 1
        || heads % groups != 0
        || states < 1
        || (decays != 1 && decays != states)
        || !(least <= most)) {
      throw new IllegalArgumentException(
          "%d heads of %d, %d groups, %d states, %d decays, steps of %s to %s"
              .formatted(heads, size, groups, states, decays, least, most));
    }
  }

  /** Columns of x: H·p. */
  public int columns() {
    return heads * size;
  }
}
