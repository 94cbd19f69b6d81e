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
import java.util.SequencedMap;
import java.util.Set;

/**
 * StableLM (Bellagente et al. 2024): LLaMA with LayerNorm, a quarter of each head turns; the 12B
 * has its parts side by side and norms of its own for each head of queries and keys.
 */
public final class StableLm implements Family {
  @Override
  public String name() {
    return "stablelm";
  }

  @Override
  public Set<String> names() {
    return Set.of("stablelm", "StableLmForCausalLM", "stablelm_epoch", "StableLMEpochForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES, 0.25);
    boolean normed = c.flag("qk_layernorm", false);
    Normalization each = c.layerNorm(1e-5, false);
    Spec.Attention attention =
        new Spec.Attention(
                heads,
                rotation,
                new Mask.Causal(),
                c.flag("use_qkv_bias", c.flag("attention_bias", false)),
                false)
            .qkNorm(normed ? new Spec.QkNorm(each, Spec.QkNorm.Span.EACH_HEAD) : null);
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn);
    boolean asked = c.flag("use_parallel_residual", false);
    if (c.isGguf() ? !c.holds("blk.0.ffn_norm.weight") : asked) {
      layer = layer.residual(new Spec.Parallel()).sharingNorm();
    }
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(
        new Rule("model.layers.{i}.self_attn.q_layernorm.norms.{e}", "blk.{i}.attn_q_norm"),
        new Rule("model.layers.{i}.self_attn.k_layernorm.norms.{e}", "blk.{i}.attn_k_norm"));
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    boolean parallel = spec.layers().getFirst().residual() instanceof Spec.Parallel;
    metadata.put("use_parallel_residual", parallel);
  }
}
