package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Gating;
import dev.puna.program.Normalization;
import dev.puna.program.Routing;
import dev.puna.program.Scores;
import dev.puna.program.StateSpace;
import java.util.List;
import java.util.Set;

/**
 * Jamba (Lieber et al. 2024): Mamba layers, attention without positions in every eighth, experts in
 * every other.
 */
public final class Jamba implements Family {
  @Override
  public String name() {
    return "jamba";
  }

  @Override
  public Set<String> names() {
    return Set.of("jamba", "JambaForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    Spec.Attention attention = new Spec.Attention(c.heads(), Scores.PLAIN, false, false);
    int states = c.sizeOr(16, "mamba_d_state");
    int columns = c.width() * c.sizeOr(2, "mamba_expand");
    int steps = MambaModel.steps(c, "mamba_dt_rank");
    Spec.Mamba mamba =
        new Spec.Mamba(
            new StateSpace(columns, 1, 1, states, states, 0, Float.POSITIVE_INFINITY),
            steps,
            c.sizeOr(4, "mamba_d_conv"),
            c.flag("mamba_conv_bias", true),
            c.flag("mamba_proj_bias", false),
            norm);
    Spec.Dense dense = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    c.unused("num_experts_per_tok");
    Spec.Ffn sparse = c.sizeOr(16, "num_experts") == 1 ? dense : experts(c);
    return c.decoder(
        i ->
            new Spec.Layer(
                norm, attends(c, i) ? attention : mamba, norm, mixes(c, i) ? sparse : dense),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  /** GGUF tells layer by layer. */
  private static boolean attends(FamilyConfig c, int i) {
    List<Object> kinds = c.raw().list("layers_block_type");
    return kinds == null
        ? i % c.sizeOr(8, "attn_layer_period") == c.raw().integer("attn_layer_offset", 4)
        : i < kinds.size() && "attention".equals(kinds.get(i));
  }

  private static boolean mixes(FamilyConfig c, int i) {
    return c.isGguf()
        ? c.holds("blk." + i + ".ffn_gate_inp.weight")
        : i % c.sizeOr(2, "expert_layer_period") == c.raw().integer("expert_layer_offset", 1);
  }

  private static Spec.Experts experts(FamilyConfig c) {
    return new Spec.Experts(
        c.moe().routing(c.sizeOr(16, "num_experts"), Routing.Probability.SOFTMAX, false, 1),
        c.size("intermediate_size"),
        new Gating.Plain(c.activation("silu")));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String mamba = "model.layers.{i}.mamba.";
    String ffn = "model.layers.{i}.feed_forward.";
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.mamba(mamba))
        .with(StandardNames.experts(ffn))
        .with(
            new Rule("model.final_layernorm", "output_norm"),
            new Rule("model.layers.{i}.pre_ff_layernorm", "blk.{i}.ffn_norm"),
            new Rule(mamba + "dt_layernorm", "blk.{i}.ssm_dt_norm"),
            new Rule(mamba + "b_layernorm", "blk.{i}.ssm_b_norm"),
            new Rule(mamba + "c_layernorm", "blk.{i}.ssm_c_norm"),
            new Rule(ffn + "router", "blk.{i}.ffn_gate_inp"),
            new Rule(ffn + "gate_proj", "blk.{i}.ffn_gate"),
            new Rule(ffn + "up_proj", "blk.{i}.ffn_up"),
            new Rule(ffn + "down_proj", "blk.{i}.ffn_down"));
  }
}
