package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.Set;

/**
 * Command R and Aya (Cohere 2024): attention and SwiGLU side by side behind one LayerNorm without
 * bias, adjacent columns turn together, logits are scaled.
 */
public final class Cohere implements Family {
  @Override
  public String name() {
    return "command-r";
  }

  @Override
  public Set<String> names() {
    return Set.of("cohere", "CohereForCausalLM", "command-r");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, false);
    boolean normed = c.flag("use_qk_norm", false);
    Spec.Attention attention =
        attention(c).qkNorm(normed ? new Spec.QkNorm(norm, Spec.QkNorm.Span.EACH_HEAD) : null);
    Spec.Layer layer = layer(c, attention);
    return c.decoder(layer, norm, head(c));
  }

  static Spec.Attention attention(FamilyConfig c) {
    Heads heads = c.heads();
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.ADJACENT);
    boolean bias = c.flag("attention_bias", false);
    return new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias);
  }

  static Spec.Layer layer(FamilyConfig c, Spec.Attention attention) {
    Normalization norm = c.layerNorm(1e-5, false);
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    return new Spec.Layer(norm, attention, norm, ffn).residual(new Spec.Parallel()).sharingNorm();
  }

  static Spec.Logits head(FamilyConfig c) {
    return new Spec.Logits(c.tied(true), false, (float) c.number("logit_scale", 0.0625), 0);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(StandardNames.QK_NORMS);
  }
}
