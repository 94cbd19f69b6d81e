package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Gating;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.Set;

/**
 * OLMoE (Muennighoff et al. 2024): experts, norms before the parts, and of all queries and all keys
 * at once.
 */
public final class Olmoe implements Family {
  @Override
  public String name() {
    return "olmoe";
  }

  @Override
  public Set<String> names() {
    return Set.of("olmoe", "OlmoeForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Heads heads = c.heads();
    boolean bias = c.flag("attention_bias", false);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias)
            .qkNorm(new Spec.QkNorm(norm, Spec.QkNorm.Span.WHOLE))
            .clamp(c.isGguf() ? 0 : c.number("clip_qkv", 0));
    Spec.Experts experts =
        new Spec.Experts(
            c.moe().routing(false),
            c.size("intermediate_size"),
            new Gating.Plain(c.activation("silu")),
            false,
            false,
            null);
    return c.decoder(
        new Spec.Layer(norm, attention, norm, experts), norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.QK_NORMS)
        .with(StandardNames.experts("model.layers.{i}.mlp."));
  }
}
