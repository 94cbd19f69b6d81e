package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Gating;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Routing;
import java.util.List;
import java.util.Set;

/** Mixtral (Jiang et al. 2024): Mistral whose feed-forward parts are mixtures of experts. */
public final class Mixtral implements Family {
  @Override
  public String name() {
    return "mixtral";
  }

  @Override
  public Set<String> names() {
    return Set.of("mixtral", "MixtralForCausalLM");
  }

  @Override
  public String ggufArchitecture() {
    return "llama";
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    List<Mask> masks = c.masks(c.window(), 0);
    return c.decoder(
        i -> new Spec.Layer(norm, Llama.attention(c, false, false, masks.get(i)), norm, experts(c)),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  static Spec.Experts experts(FamilyConfig c) {
    Routing routing =
        c.moe().routing(c.sizeOr(8, "num_local_experts"), Routing.Probability.SOFTMAX, true, 1);
    Gating gating = new Gating.Plain(c.activation("silu"));
    return new Spec.Experts(routing, c.size("intermediate_size"), gating, false, false, null);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String moe = "model.layers.{i}.block_sparse_moe.";
    return StandardNames.LLAMA_LIKE.with(
        new Rule(moe + "gate", "blk.{i}.ffn_gate_inp"),
        new Rule(moe + "experts.{e}.w1", "blk.{i}.ffn_gate_exps"),
        new Rule(moe + "experts.{e}.w3", "blk.{i}.ffn_up_exps"),
        new Rule(moe + "experts.{e}.w2", "blk.{i}.ffn_down_exps"));
  }
}
