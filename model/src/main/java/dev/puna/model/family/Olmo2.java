package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.List;
import java.util.Set;

/**
 * OLMo 2 and 3 (OLMo Team 2024): norms behind the parts instead of before them, and of all queries
 * and all keys at once; the third has layers that see a window.
 */
public final class Olmo2 implements Family {
  @Override
  public String name() {
    return "olmo2";
  }

  @Override
  public Set<String> names() {
    return Set.of("olmo2", "Olmo2ForCausalLM", "olmo3", "Olmo3ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Heads heads = c.heads();
    boolean bias = c.flag("attention_bias", false);
    Rotation.Pairing pairing = Rotation.Pairing.HALVES;
    Rotation everywhere = c.rotation(heads.size(), pairing, "full_attention", 5e5);
    Rotation near = c.nearRotation(heads.size(), pairing, "rope_theta", everywhere.base());
    Spec.Attention attention =
        new Spec.Attention(heads, everywhere, new Mask.Causal(), bias, bias)
            .qkNorm(new Spec.QkNorm(norm, Spec.QkNorm.Span.WHOLE));
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    List<Mask> masks = c.masks(c.window(), 4);
    return c.decoder(
        i ->
            new Spec.Layer(
                null,
                masks.get(i) instanceof Mask.Sliding slides
                    ? attention.mask(slides).turned(near)
                    : attention,
                norm,
                null,
                null,
                ffn,
                norm,
                Spec.Sequential.PLAIN),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.QK_NORMS)
        .without("model.layers.{i}.post_attention_layernorm")
        .with(
            new Rule("model.layers.{i}.post_attention_layernorm", "blk.{i}.post_attention_norm"),
            new Rule("model.layers.{i}.post_feedforward_layernorm", "blk.{i}.post_ffw_norm"));
  }
}
