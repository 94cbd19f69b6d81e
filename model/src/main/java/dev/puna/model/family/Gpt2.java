package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.Set;

/**
 * GPT-2 (Radford et al. 2019): learned positions, LayerNorm, plain feed-forward parts, biases
 * everywhere.
 */
public final class Gpt2 implements Family {
  @Override
  public String name() {
    return "gpt2";
  }

  @Override
  public Set<String> names() {
    return Set.of("gpt2", "GPT2LMHeadModel");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("add_cross_attention", false);
    c.unused("n_ctx", "n_positions");
    Normalization norm = c.layerNorm(1e-5, true);
    Spec.Mlp ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu_new"), true);
    Heads heads = c.heads();
    float scale = c.flag("scale_attn_weights", true) ? heads.scale() : 1;
    boolean less = c.flag("scale_attn_by_inverse_layer_idx", false); // the deeper, the less
    return c.decoder(
        Embedding.of(new Embedding.Learned(c.context(1024))),
        i -> {
          Heads scaled = heads.scale(less ? scale / (i + 1) : scale);
          Spec.Attention attention = new Spec.Attention(scaled, Scores.PLAIN, true, true);
          return new Spec.Layer(norm, attention, norm, ffn);
        },
        norm,
        new Spec.Logits(c.tied(true)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    Change outputs = new Change.Transposed(0);
    return WeightNames.of(
            new Rule("transformer.wte", "token_embd"),
            new Rule("transformer.wpe", "position_embd"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("transformer.h.{i}.ln_1", "blk.{i}.attn_norm"),
            new Rule("transformer.h.{i}.attn.c_proj", "blk.{i}.attn_output", outputs),
            new Rule("transformer.h.{i}.ln_2", "blk.{i}.ffn_norm"),
            new Rule("transformer.h.{i}.mlp.c_fc", "blk.{i}.ffn_up", outputs),
            new Rule("transformer.h.{i}.mlp.c_proj", "blk.{i}.ffn_down", outputs))
        .with(
            StandardNames.qkv("transformer.h.{i}.attn.c_attn", StandardNames.heads(spec), outputs))
        .prefixed("transformer.")
        .ignoring(".*attn\\.(masked_)?bias");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }
}
