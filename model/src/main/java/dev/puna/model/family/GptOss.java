package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Gating;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * gpt-oss (OpenAI 2025): experts in MXFP4 with a clamped SwiGLU and biases; every other layer sees
 * a window; each head has a sink.
 */
public final class GptOss implements Family {
  @Override
  public String name() {
    return "gpt-oss";
  }

  @Override
  public Set<String> names() {
    return Set.of("gpt_oss", "GptOssForCausalLM", "gpt-oss");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Heads heads = c.headsOf(64);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    if (c.isGguf() && rotation.scaling() instanceof RopeScaling.Yarn y) { // GGUF does not say it
      RopeScaling whole =
          new RopeScaling.Yarn(
              y.factor(), y.betaFast(), y.betaSlow(), y.trained(), false, y.magnitude());
      rotation = new Rotation(rotation.base(), rotation.size(), rotation.pairing(), whole);
    }
    boolean bias = c.flag("attention_bias", true);
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias).withSinks();
    List<Mask> masks = c.masks(c.window(128), 2);
    Routing routing =
        c.moe().routing(c.moe().experts(), Routing.Probability.SOFTMAX_OF_CHOSEN, false, 1);
    c.only("hidden_act", "silu");
    Spec.Experts experts =
        new Spec.Experts(
            routing,
            c.size("intermediate_size", "moe_intermediate_size"),
            new Gating.Clamped(1.702f, (float) c.number("swiglu_limit", 7)),
            false,
            true,
            null);
    return c.decoder(
        i -> new Spec.Layer(norm, attention.mask(masks.get(i)), norm, experts),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  /**
   * Gate and up rows alternate. Matrices that are not packed are stored with their inputs as rows.
   */
  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String experts = "model.layers.{i}.mlp.experts.";
    Change outputs = new Change.Transposed(0);
    Change[] halves = {new Change.Rows(2, 0, 1), new Change.Rows(2, 1, 1)};
    Change each = new Change.Shaped(1);
    Change perExpert = new Change.Shaped(StandardNames.experts(spec).hidden());
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String to = "blk.{i}.ffn_" + (i == 0 ? "gate" : "up") + "_exps.";
      rules.add(new Rule(experts + "gate_up_proj", to + "weight", outputs, halves[i]));
      rules.add(new Rule(experts + "gate_up_proj_blocks", to + "weight", halves[i]));
      rules.add(new Rule(experts + "gate_up_proj_bias", to + "bias", each, halves[i], perExpert));
    }
    return StandardNames.LLAMA_LIKE
        .with(rules)
        .with(
            new Rule("model.layers.{i}.self_attn.sinks", "blk.{i}.attn_sinks.weight"),
            new Rule("model.layers.{i}.mlp.router", "blk.{i}.ffn_gate_inp"),
            new Rule(experts + "down_proj", "blk.{i}.ffn_down_exps.weight", outputs),
            new Rule(experts + "down_proj_blocks", "blk.{i}.ffn_down_exps.weight"),
            new Rule(experts + "down_proj_bias", "blk.{i}.ffn_down_exps.bias"));
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(new Rule("blk.{i}.post_attention_norm", "blk.{i}.ffn_norm"));
  }
}
