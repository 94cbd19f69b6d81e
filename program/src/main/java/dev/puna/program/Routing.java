package dev.puna.program;

/**
 * How a row chooses its experts (Shazeer et al. 2017) and how much each of them counts.
 *
 * @param experts E, number of experts
 * @param active k, experts of a row
 * @param probability from the router's scores to what experts are chosen and weighted by
 * @param normalized whether the chosen experts' weights are made to add up to 1
 * @param scale factor of the weights
 * @param groups experts are chosen from the best of so many equal groups only (DeepSeek-AI 2024); 1
 *     for one group of all
 * @param activeGroups groups that may be chosen from
 * @param best how many experts a group is judged by: the sum of their probabilities
 */
public record Routing(
    int experts,
    int active,
    Probability probability,
    boolean normalized,
    float scale,
    int groups,
    int activeGroups,
    int best) {
  /** From scores to probabilities. */
  public enum Probability {
    /** Over all experts. */
    SOFTMAX,
    /** Each expert for itself. */
    SIGMOID,
    /** Over the chosen experts, which are those of the largest scores. */
    SOFTMAX_OF_CHOSEN
  }

  public Routing {
    if (experts < 1
        || active < 1
        || active > experts
        || groups < 1
        || experts % groups != 0
        || activeGroups < 1
        || activeGroups > groups
        || active > experts / groups * activeGroups
        || best < 1
        || best > experts / groups) {
      throw new IllegalArgumentException(
          "%d of %d experts, %d of %d groups by %d"
              .formatted(active, experts, activeGroups, groups, best));
    }
  }

  /** Softmax over all experts, one group. */
  public static Routing softmax(int experts, int active, boolean normalized) {
    return new Routing(experts, active, Probability.SOFTMAX, normalized, 1, 1, 1, 1);
  }
}
