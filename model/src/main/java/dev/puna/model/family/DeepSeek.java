package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Routing;
import java.util.SequencedMap;
import java.util.Set;

/**
 * DeepSeek V2 and V3 (DeepSeek-AI 2024): latent attention; many small experts, chosen within
 * groups, beside some that all tokens pass.
 */
public final class DeepSeek implements Family {
  @Override
  public String name() {
    return "deepseek2";
  }

  @Override
  public Set<String> names() {
    return Set.of(
        "deepseek_v2",
        "DeepseekV2ForCausalLM",
        "deepseek_v3",
        "DeepseekV3ForCausalLM",
        "deepseek2");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    boolean third = isThird(c);
    Spec.Experts experts =
        DeepSeekParts.experts(
            c,
            third ? Routing.Probability.SIGMOID : Routing.Probability.SOFTMAX,
            third,
            third ? 2 : 1);
    int dense = c.raw().integer("first_k_dense_replace", third ? 3 : 0);
    c.only("moe_layer_freq", 1);
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    Spec.LatentAttention attention = DeepSeekParts.attention(c);
    return c.decoder(
        i -> new Spec.Layer(norm, attention, norm, i < dense ? ffn : experts),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  private static boolean isThird(FamilyConfig c) {
    String scoring = c.raw().text("scoring_func", null);
    return scoring == null
        ? "deepseek_v3".equals(c.raw().text("model_type", null))
        : scoring.equals("sigmoid");
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String attention = "model.layers.{i}.self_attn.";
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.experts("model.layers.{i}.mlp."))
        .with(
            new Rule(attention + "q_a_proj", "blk.{i}.attn_q_a"),
            new Rule(attention + "q_a_layernorm", "blk.{i}.attn_q_a_norm"),
            new Rule(attention + "q_b_proj", "blk.{i}.attn_q_b"),
            new Rule(attention + "kv_a_proj_with_mqa", "blk.{i}.attn_kv_a_mqa"),
            new Rule(attention + "kv_a_layernorm", "blk.{i}.attn_kv_a_norm"))
        .with(StandardNames.latent(attention + "kv_b_proj", spec))
        .ignoring("model\\.layers\\." + spec.layers().size() + "\\..*"); // predicts two ahead
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL
        .with(StandardNames.latent("blk.{i}.attn_kv_b", spec))
        .ignoring("blk\\." + spec.layers().size() + "\\..*");
  }

  /** The magnitude of all scores is said, that of rotations understood. */
  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    DeepSeekParts.metadata(spec, metadata);
    Spec.LatentAttention a = (Spec.LatentAttention) spec.layers().getFirst().mixer();
    if (a.rotation().scaling() instanceof RopeScaling.Yarn yarn && yarn.magnitude() == 1) {
      double plain = 1 / Math.sqrt(a.plain() + a.rotation().size());
      double grown = Math.sqrt(a.scale() / plain) - 1;
      metadata.put("rope.scaling.yarn_log_multiplier", (float) (grown / Math.log(yarn.factor())));
      metadata.remove("rope.scaling.attn_factor");
    }
  }
}
