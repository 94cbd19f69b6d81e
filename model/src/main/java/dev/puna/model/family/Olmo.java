package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import java.util.Set;

/**
 * OLMo (Groeneveld et al. 2024): LLaMA whose LayerNorms have nothing to learn; queries, keys and
 * values may be clamped.
 */
public final class Olmo implements Family {
  @Override
  public String name() {
    return "olmo";
  }

  @Override
  public Set<String> names() {
    return Set.of("olmo", "OlmoForCausalLM", "hf_olmo", "OLMoForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = new Normalization.PlainLayer(1e-5f);
    boolean bias = c.flag("attention_bias", false);
    Spec.Attention attention =
        Llama.attention(c, bias, bias, new Mask.Causal()).clamp(c.number("clip_qkv", 0));
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    return c.decoder(
        new Spec.Layer(norm, attention, norm, ffn), norm, new Spec.Logits(c.tied(false)));
  }
}
