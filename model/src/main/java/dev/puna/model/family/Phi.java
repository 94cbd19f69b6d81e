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
import java.util.Set;

/**
 * Phi 1, 1.5 and 2 (Gunasekar et al. 2023): attention and a plain feed-forward part side by side
 * behind one LayerNorm, biases everywhere, a part of each head turns.
 */
public final class Phi implements Family {
  @Override
  public String name() {
    return "phi2";
  }

  @Override
  public Set<String> names() {
    return Set.of("phi", "PhiForCausalLM", "phi2");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES, 0.5);
    boolean normed = c.flag("qk_layernorm", false);
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), true, true)
            .qkNorm(normed ? new Spec.QkNorm(norm, Spec.QkNorm.Span.HEAD) : null);
    Spec.Ffn ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu_new"), true);
    Spec.Layer layer =
        new Spec.Layer(norm, attention, norm, ffn).residual(new Spec.Parallel()).sharingNorm();
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false), true, 1, 0));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(
        new Rule("model.final_layernorm", "output_norm"),
        new Rule("model.layers.{i}.self_attn.dense", "blk.{i}.attn_output"),
        new Rule("model.layers.{i}.self_attn.q_layernorm", "blk.{i}.attn_q_norm"),
        new Rule("model.layers.{i}.self_attn.k_layernorm", "blk.{i}.attn_k_norm"),
        new Rule("model.layers.{i}.mlp.fc1", "blk.{i}.ffn_up"),
        new Rule("model.layers.{i}.mlp.fc2", "blk.{i}.ffn_down"));
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }
}
