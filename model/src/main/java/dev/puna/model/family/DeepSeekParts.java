package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.FamilyConfig;
import dev.puna.model.RopeConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.program.Gating;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import dev.puna.program.Routing;
import java.util.SequencedMap;

/** Latent attention and experts in groups, as DeepSeek has them and others took over. */
final class DeepSeekParts {
  private DeepSeekParts() {}

  static Spec.LatentAttention attention(FamilyConfig c) {
    int heads = c.size("num_attention_heads");
    int turning = c.size("qk_rope_head_dim");
    int plain = c.size("qk_nope_head_dim");
    if (!c.isGguf()) { // where the latent row is one key
      c.only("num_key_value_heads", heads);
    }
    c.unused("head_dim", "qk_head_dim", "yarn_log_multiplier");
    Rotation.Pairing pairing =
        c.flag("rope_interleave", true) ? Rotation.Pairing.ADJACENT : Rotation.Pairing.HALVES;
    Config config = c.raw();
    double everywhere = RopeConfig.magnitudeEverywhere(config);
    double scale = everywhere * everywhere / Math.sqrt(plain + turning);
    return new Spec.LatentAttention(
        heads,
        plain,
        c.rotation(turning, pairing),
        c.size("v_head_dim"),
        config.integer("q_lora_rank", 0),
        c.size("kv_lora_rank"),
        new Normalization.Rms(1e-6f), // whatever the layers' is
        (float) scale,
        c.flag("attention_bias", false));
  }

  /** Experts in groups, also of those who follow. */
  static Spec.Experts experts(
      FamilyConfig c, Routing.Probability probability, boolean biased, int best) {
    boolean grouped =
        biased || c.isGguf() || "group_limited_greedy".equals(c.raw().text("topk_method", null));
    c.unused("topk_group", "topk_method", "num_nextn_predict_layers");
    int groups = c.sizeOr(1, "n_group");
    int experts = c.moe().experts();
    boolean normalized = c.flag("norm_topk_prob", biased);
    double scale = c.number("routed_scaling_factor", 1);
    Routing all = c.moe().routing(experts, probability, normalized, scale);
    Routing routing =
        !grouped || groups == 1
            ? all
            : c.moe().grouped(all, groups, c.sizeOr(1, "topk_group"), best);
    int hidden = c.size("moe_intermediate_size");
    int shared = c.raw().integer("n_shared_experts", 0);
    return new Spec.Experts(
        routing,
        hidden,
        new Gating.Plain(c.activation("silu")),
        biased,
        false,
        shared == 0 ? null : new Spec.Shared(shared * hidden, c.activation("silu"), false));
  }

  /** What GGUF says about such experts. */
  static void metadata(Spec spec, SequencedMap<String, Object> metadata) {
    Spec.Experts experts = StandardNames.experts(spec);
    Routing routing = experts.routing();
    long dense = spec.layers().stream().takeWhile(l -> l.ffn() instanceof Spec.Dense).count();
    metadata.put("leading_dense_block_count", (int) dense);
    boolean sigmoid = routing.probability() == Routing.Probability.SIGMOID;
    metadata.put("expert_gating_func", sigmoid ? 2 : 1);
    metadata.put("expert_weights_norm", routing.normalized());
    metadata.put("expert_weights_scale", routing.scale());
    Spec.Shared shared = experts.shared();
    metadata.put("expert_shared_count", shared == null ? 0 : shared.hidden() / experts.hidden());
    metadata.remove("expert_shared_feed_forward_length");
    if (routing.groups() > 1) {
      metadata.put("expert_group_count", routing.groups());
      metadata.put("expert_group_used_count", routing.activeGroups());
    }
  }
}
