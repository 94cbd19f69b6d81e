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
    Object rank = c.raw().get("mamba_dt_rank");
    int steps = rank instanceof Number ? c.size("mamba_dt_rank") : Math.ceilDiv(c.width(), 16);
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
    int experts = c.sizeOr(16, "num_experts");
    Spec.Ffn sparse = experts == 1 ? dense : experts(c, experts);
    int attends = c.sizeOr(8, "attn_layer_period");
    int first = c.raw().integer("attn_layer_offset", 4);
    int mixes = c.sizeOr(2, "expert_layer_period");
    int firstMixed = c.raw().integer("expert_layer_offset", 1);
    List<Object> kinds = c.raw().list("layers_block_type"); // GGUF tells layer by layer
    return c.decoder(
        i ->
            new Spec.Layer(
                norm,
                (kinds == null ? i % attends == first : "attention".equals(kinds.get(i)))
                    ? attention
                    : mamba,
                norm,
                (c.isGguf()
                        ? c.holds("blk." + i + ".ffn_gate_inp.weight")
                        : i % mixes == firstMixed)
                    ? sparse
                    : dense),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  private static Spec.Experts experts(FamilyConfig c, int experts) {
    return new Spec.Experts(
        c.routing(experts, Routing.Probability.SOFTMAX, false, 1),
        c.size("intermediate_size"),
        new Gating.Plain(c.activation("silu")),
        false,
        false,
        null);
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
