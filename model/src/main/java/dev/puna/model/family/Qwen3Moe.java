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

/** Qwen 3 MoE (Yang et al. 2025): Qwen 3 with experts. */
public final class Qwen3Moe implements Family {
  @Override
  public String name() {
    return "qwen3moe";
  }

  @Override
  public Set<String> names() {
    return Set.of("qwen3_moe", "Qwen3MoeForCausalLM", "qwen3moe");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List<Mask> masks = Qwen2.masks(c);
    Normalization norm = c.rms(1e-6);
    c.unused("intermediate_size"); // of layers without experts
    Spec.Experts experts =
        new Spec.Experts(
            c.moe().routing(c.isGguf()),
            c.size("moe_intermediate_size"),
            new Gating.Plain(c.activation("silu")),
            false,
            false,
            null);
    return c.decoder(
        i ->
            new Spec.Layer(
                norm,
                Qwen3.attention(c, masks.get(i)),
                norm,
                c.moe().isSparse(i) ? experts : Qwen2.ffn(c)),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.QK_NORMS)
        .with(StandardNames.experts("model.layers.{i}.mlp."));
  }
}
