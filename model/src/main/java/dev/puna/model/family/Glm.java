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
 * GLM-4-9B as transformers has it (Team GLM 2024): half of a head's columns turn, adjacent ones
 * together.
 */
public final class Glm implements Family {
  @Override
  public String name() {
    return "glm";
  }

  @Override
  public Set<String> names() {
    return Set.of("glm", "GlmForCausalLM");
  }

  @Override
  public String ggufArchitecture() {
    return "chatglm";
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1.5625e-7);
    Spec.Layer layer = new Spec.Layer(norm, attention(c), norm, ffn(c));
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  /** Also of its successor. */
  static Spec.Attention attention(FamilyConfig c) {
    Heads heads = c.headsOf(128);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.ADJACENT, 0.5);
    boolean bias = c.flag("attention_bias", false);
    return new Spec.Attention(heads, rotation, new Mask.Causal(), bias, false);
  }

  static Spec.Dense ffn(FamilyConfig c) {
    return new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(
        StandardNames.gateUp("model.layers.{i}.mlp.gate_up_proj", StandardNames.hidden(spec)));
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.gateUp("blk.{i}.ffn_up", StandardNames.hidden(spec)));
  }
}
