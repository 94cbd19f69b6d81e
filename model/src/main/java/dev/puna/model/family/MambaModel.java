package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Normalization;
import dev.puna.program.StateSpace;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mamba (Gu and Dao 2023): no attention; a selective state space behind a short convolution is all
 * a layer has.
 */
public final class MambaModel implements Family {
  @Override
  public String name() {
    return "mamba";
  }

  @Override
  public Set<String> names() {
    return Set.of("mamba", "MambaForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean normed = c.flag("dt_b_c_rms", false); // GGUF's, for a model that has this epsilon
    Normalization inner = normed ? new Normalization.PlainRms(1e-6f) : null;
    return spec(c, inner, c.tied(true));
  }

  /** Also of those who normalize what steps, inputs and outputs are made of. */
  static Spec spec(FamilyConfig c, @Nullable Normalization inner, boolean tied) {
    c.only("hidden_act", "silu");
    c.only("rms_norm", true);
    Normalization norm = c.rms(1e-5);
    int columns = c.sizeOr(c.width() * c.sizeOr(2, "expand"), "intermediate_size", "d_inner");
    c.raw().has("d_model");
    c.raw().has("n_layer");
    c.raw().has("d_inner");
    int steps = steps(c, "time_step_rank");
    int states = c.sizeOr(16, "state_size");
    StateSpace space = new StateSpace(columns, 1, 1, states, states, 0, Float.POSITIVE_INFINITY);
    Spec.Mamba mixer =
        new Spec.Mamba(
            space,
            steps,
            c.sizeOr(4, "conv_kernel"),
            c.flag("use_conv_bias", true),
            c.flag("use_bias", false),
            inner);
    Spec.Layer layer = new Spec.Layer(norm, mixer, norm, new Spec.None());
    return c.decoder(layer, norm, new Spec.Logits(tied));
  }

  /** "auto", or a number. */
  static int steps(FamilyConfig c, String key) {
    return c.raw().get(key) instanceof Number ? c.size(key) : Math.ceilDiv(c.width(), 16);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return WeightNames.of(
            new Rule("backbone.embeddings", "token_embd"),
            new Rule("backbone.embedding", "token_embd"),
            new Rule("backbone.norm_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("backbone.layers.{i}.norm", "blk.{i}.attn_norm"))
        .with(StandardNames.mamba("backbone.layers.{i}.mixer."))
        .prefixed("backbone.");
  }
}
