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
 * StarCoder 2 (Lozhkov et al. 2024): LayerNorm, plain feed-forward parts, biases, a sliding window.
 */
public final class StarCoder2 implements Family {
  @Override
  public String name() {
    return "starcoder2";
  }

  @Override
  public Set<String> names() {
    return Set.of("starcoder2", "Starcoder2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("norm_type", "layer_norm");
    c.only("mlp_type", "default");
    boolean bias = c.flag("use_bias", !c.isGguf() || c.flag("mlp_bias", false));
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Spec.Attention attention =
        new Spec.Attention(
            heads,
            c.rotation(heads.size(), Rotation.Pairing.HALVES),
            new Mask.Causal(),
            bias,
            bias);
    Spec.Mlp ffn =
        new Spec.Mlp(c.size("intermediate_size"), c.activation("gelu_pytorch_tanh"), bias);
    List<Mask> masks = c.masks(c.window(), 0);
    return c.decoder(
        i -> new Spec.Layer(norm, attention.mask(masks.get(i)), norm, ffn),
        norm,
        new Spec.Logits(c.tied(true)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(
        new Rule("model.layers.{i}.mlp.c_fc", "blk.{i}.ffn_up"),
        new Rule("model.layers.{i}.mlp.c_proj", "blk.{i}.ffn_down"));
  }
}
