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
import java.util.List;
import java.util.Set;

/** Phi 3 and 4 (Abdin et al. 2024): LLaMA with fused projections; LongRoPE for long texts. */
public final class Phi3 implements Family {
  @Override
  public String name() {
    return "phi3";
  }

  @Override
  public Set<String> names() {
    return Set.of("phi3", "Phi3ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Heads heads = c.heads();
    boolean bias = c.flag("attention_bias", false);
    Spec.Attention attention =
        new Spec.Attention(
            heads,
            c.rotation(heads.size(), Rotation.Pairing.HALVES),
            new Mask.Causal(),
            bias,
            c.flag("attention_out_bias", bias));
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    List<Mask> masks = c.masks(c.window(), 0);
    return c.decoder(
        i -> new Spec.Layer(norm, attention.mask(masks.get(i)), norm, ffn),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.qkv("model.layers.{i}.self_attn.qkv_proj", StandardNames.heads(spec)))
        .with(
            StandardNames.gateUp("model.layers.{i}.mlp.gate_up_proj", StandardNames.hidden(spec)));
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return StandardNames.fusedGguf(spec);
  }
}
