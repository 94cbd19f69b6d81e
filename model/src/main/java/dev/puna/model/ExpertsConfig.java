package dev.puna.model;

import dev.puna.program.Routing;
import dev.puna.tensor.PunaException;
import java.util.List;

/** Options of a mixture of experts, as families read them. */
public final class ExpertsConfig {
  private final FamilyConfig c;

  ExpertsConfig(FamilyConfig config) {
    c = config;
  }

  /**
   * Routing by softmax, with the number of experts under one of their spellings.
   *
   * @param normalized whether weights are made to add up to 1, where the configuration is silent
   */
  public Routing routing(boolean normalized) {
    int experts = experts();
    c.only("scoring_func", "softmax");
    return routing(experts, Routing.Probability.SOFTMAX, c.flag("norm_topk_prob", normalized), 1);
  }

  /** Whether a layer has experts: every so many-th, but for those that are listed. */
  public boolean isSparse(int layer) {
    List<Object> dense = c.raw().list("mlp_only_layers");
    boolean listed =
        dense != null
            && dense.stream().anyMatch(l -> l instanceof Number n && n.intValue() == layer);
    return !listed && (layer + 1) % c.sizeOr(1, "decoder_sparse_step") == 0;
  }

  /** Routing within the best groups. */
  public Routing grouped(Routing all, int groups, int activeGroups, int best) {
    int size = groups > 0 ? all.experts() / groups : 0;
    if (groups < 1
        || all.experts() % groups != 0
        || activeGroups > groups
        || all.active() > size * activeGroups) {
      throw c.refuse(
          "%d experts of %d in %d of %d groups"
              .formatted(all.active(), all.experts(), activeGroups, groups),
          "n_group must divide the experts, and topk_group groups hold those that are chosen");
    }
    return new Routing(
        all.experts(),
        all.active(),
        all.probability(),
        all.normalized(),
        all.scale(),
        groups,
        activeGroups,
        Math.min(best, size));
  }

  public int experts() {
    return c.size("num_experts", "num_local_experts", "n_routed_experts");
  }

  public Routing routing(
      int experts, Routing.Probability probability, boolean normalized, double scale) {
    int active = c.size("num_experts_per_tok", "experts_per_token");
    if (active > experts) {
      throw new PunaException(
          "%s: %d of %d experts".formatted(c.raw().where(), active, experts),
          "num_experts_per_tok must not exceed the number of experts");
    }
    return new Routing(experts, active, probability, normalized, (float) scale, 1, 1, 1);
  }
}
