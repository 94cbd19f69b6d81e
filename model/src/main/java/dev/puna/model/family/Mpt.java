package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.List;
import java.util.Set;

/** MPT (MosaicML 2023): scores are biased by distance (ALiBi), LayerNorm without bias. */
public final class Mpt implements Family {
  @Override
  public String name() {
    return "mpt";
  }

  @Override
  public Set<String> names() {
    return Set.of("mpt", "MptForCausalLM", "MPTForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean bias = c.isGguf() ? c.holds("blk.0.attn_norm.bias") : !c.flag("no_bias", true);
    c.only("norm_type", "low_precision_layernorm");
    Config attn = c.isGguf() ? c.raw() : c.object("attn_config");
    Normalization norm = c.layerNorm(1e-5, bias);
    int query = c.size("n_heads", "num_attention_heads");
    Heads given =
        c.heads(query, attn.integer("kv_n_heads", c.sizeOr(query, "num_key_value_heads")));
    double scale = attn.number("softmax_scale", given.scale());
    Heads heads = new Heads(query, given.kv(), given.size(), given.size(), (float) scale);
    boolean alibi = attn.flag("alibi", false);
    double max = attn.number("alibi_bias_max", 8);
    Scores scores = alibi ? Scores.biased(Scores.Alibi.of(query, max, 1)) : Scores.PLAIN;
    refuse(c, attn);
    Spec.Attention attention =
        new Spec.Attention(heads, scores, bias, bias).clamp(attn.number("clip_qkv", 0));
    int hidden = c.raw().integer("intermediate_size", c.width() * c.sizeOr(4, "expansion_ratio"));
    Spec.Mlp ffn = new Spec.Mlp(hidden, Activation.GELU, bias);
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn);
    c.flag("learned_pos_emb", true); // the library that trained these ignores it beside ALiBi
    Embedding.Positions positions =
        alibi ? new Embedding.InLayers() : new Embedding.Learned(c.context(2048));
    return c.decoder(Embedding.of(positions), i -> layer, norm, new Spec.Logits(c.tied(true)));
  }

  private static void refuse(FamilyConfig c, Config attn) {
    for (String option : List.of("qk_ln", "prefix_lm", "attn_uses_sequence_id", "rope")) {
      if (attn.flag(option, false)) {
        throw c.refuse("option attn_config." + option + " is not implemented", "only false is");
      }
    }
    attn.text("attn_type", null);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "transformer.blocks.{i}.";
    return WeightNames.of(
            new Rule("transformer.wte", "token_embd"),
            new Rule("transformer.wpe", "position_embd"),
            new Rule("transformer.norm_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule(layer + "norm_1", "blk.{i}.attn_norm"),
            new Rule(layer + "attn.out_proj", "blk.{i}.attn_output"),
            new Rule(layer + "norm_2", "blk.{i}.ffn_norm"),
            new Rule(layer + "ffn.up_proj", "blk.{i}.ffn_up"),
            new Rule(layer + "ffn.down_proj", "blk.{i}.ffn_down"))
        .with(StandardNames.qkv(layer + "attn.Wqkv", StandardNames.heads(spec)))
        .prefixed("transformer.");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }
}
