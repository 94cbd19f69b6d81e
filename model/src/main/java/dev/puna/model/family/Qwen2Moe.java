package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Gating;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import java.util.List;
import java.util.Set;

/**
 * Qwen 1.5 and 2 MoE (Qwen Team 2024): Qwen 2 with experts, and one that all tokens pass, gated.
 */
public final class Qwen2Moe implements Family {
  @Override
  public String name() {
    return "qwen2moe";
  }

  @Override
  public Set<String> names() {
    return Set.of("qwen2_moe", "Qwen2MoeForCausalLM", "qwen2moe");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List<Mask> masks = Qwen2.masks(c);
    Normalization norm = c.rms(1e-6);
    c.unused("intermediate_size"); // of layers without experts
    int shared = c.size("shared_expert_intermediate_size");
    Spec.Experts experts =
        new Spec.Experts(
            c.moe().routing(false),
            c.size("moe_intermediate_size"),
            new Gating.Plain(c.activation("silu")),
            false,
            false,
            new Spec.Shared(shared, c.activation("silu"), true));
    return c.decoder(
        i ->
            new Spec.Layer(
                norm,
                Qwen2.attention(c, masks.get(i)),
                norm,
                c.moe().isSparse(i) ? experts : Qwen2.ffn(c)),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(StandardNames.experts("model.layers.{i}.mlp."));
  }
}
