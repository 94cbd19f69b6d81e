package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Normalization;
import java.util.Set;

/** GLM-4-0414 (Team GLM 2025): GLM-4 with norms behind its parts too. */
public final class Glm4 implements Family {
  @Override
  public String name() {
    return "glm4";
  }

  @Override
  public Set<String> names() {
    return Set.of("glm4", "Glm4ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Spec.Layer layer = new Spec.Layer(norm, Glm.attention(c), norm, Glm.ffn(c)).behind(norm, norm);
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.gateUp("model.layers.{i}.mlp.gate_up_proj", StandardNames.hidden(spec)))
        .with(
            new Rule("model.layers.{i}.post_self_attn_layernorm", "blk.{i}.post_attention_norm"),
            new Rule("model.layers.{i}.post_mlp_layernorm", "blk.{i}.post_ffw_norm"));
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.gateUp("blk.{i}.ffn_up", StandardNames.hidden(spec)));
  }
}
