package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import java.util.Set;

/**
 * Falcon (Almazrouei et al. 2023): both parts side by side, one key head for all or one for each
 * group; the RW models are like BLOOM.
 */
public final class Falcon implements Family {
  @Override
  public String name() {
    return "falcon";
  }

  @Override
  public Set<String> names() {
    return Set.of("falcon", "FalconForCausalLM", "RefinedWeb", "RefinedWebModel", "RWForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean grouped = c.flag("new_decoder_architecture", false);
    boolean parallel = c.flag("parallel_attn", true) || grouped;
    boolean bias = c.flag("bias", false);
    Normalization norm = c.layerNorm(1e-5, true);
    int query = c.size("num_attention_heads", "n_head");
    boolean one = c.flag("multi_query", true);
    int groups = c.sizeOr(query, "num_kv_heads", "n_head_kv");
    Heads heads = c.isGguf() ? c.heads() : c.heads(query, grouped ? groups : one ? 1 : query);
    boolean alibi = c.flag("alibi", false);
    Spec.Attention attention = new Spec.Attention(heads, scores(alibi, heads), bias, bias);
    if (!alibi) {
      attention = attention.turned(c.rotation(heads.size(), Rotation.Pairing.HALVES));
    }
    c.unused("rope_parameters", "rope_scaling", "rope_theta"); // where distances bias scores
    int hidden = c.hidden(4);
    Spec.Mlp ffn = new Spec.Mlp(hidden, c.activation("gelu"), bias);
    boolean second = grouped || c.holds("blk.0.attn_norm_2.weight");
    int norms = c.sizeOr(second ? 2 : 1, "num_ln_in_parallel_attn");
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn);
    if (parallel) {
      layer = layer.residual(new Spec.Parallel());
      layer = norms == 1 ? layer.sharingNorm() : layer;
    }
    return c.decoder(layer, norm, new Spec.Logits(c.tied(true)));
  }

  /** These scale biases with the scores. */
  private static Scores scores(boolean alibi, Heads heads) {
    return alibi ? Scores.biased(Scores.Alibi.of(heads.query(), 8, heads.scale())) : Scores.PLAIN;
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "transformer.h.{i}.";
    return WeightNames.of(
            new Rule("transformer.word_embeddings", "token_embd"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule(layer + "input_layernorm", "blk.{i}.attn_norm"),
            new Rule(layer + "ln_attn", "blk.{i}.attn_norm"),
            new Rule(layer + "post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule(layer + "ln_mlp", "blk.{i}.ffn_norm"),
            new Rule(layer + "self_attention.dense", "blk.{i}.attn_output"),
            new Rule(layer + "mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
            new Rule(layer + "mlp.dense_4h_to_h", "blk.{i}.ffn_down"))
        .with(
            StandardNames.qkvByGroup(
                layer + "self_attention.query_key_value", StandardNames.heads(spec)))
        .prefixed("transformer.");
  }

  /** A second norm is called that of attention, and the first that of the other part. */
  @Override
  public WeightNames ggufNames(Spec spec) {
    WeightNames names =
        WeightNames.CANONICAL.with(
            StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
    boolean two = spec.layers().getFirst().preFfn() != null;
    return two
        ? names.with(
            new Rule("blk.{i}.attn_norm_2", "blk.{i}.attn_norm"),
            new Rule("blk.{i}.attn_norm", "blk.{i}.ffn_norm"))
        : names;
  }
}
