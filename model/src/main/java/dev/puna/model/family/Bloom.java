package dev.puna.model.family;

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
import java.util.SequencedMap;
import java.util.Set;

/** BLOOM (BigScience 2022): scores are biased by distance (ALiBi), embeddings are normalized. */
public final class Bloom implements Family {
  @Override
  public String name() {
    return "bloom";
  }

  @Override
  public Set<String> names() {
    return Set.of("bloom", "BloomForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Scores scores = Scores.biased(Scores.Alibi.of(heads.query(), 8, 1));
    Spec.Attention attention = new Spec.Attention(heads, scores, true, true);
    Spec.Mlp ffn = new Spec.Mlp(4 * c.width(), Activation.GELU_TANH, true);
    Spec.Layer layer =
        new Spec.Layer(norm, attention, norm, ffn).residual(c.residualOfNormalized());
    return c.decoder(Embedding.PLAIN.norm(norm), i -> layer, norm, new Spec.Logits(c.tied(true)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "transformer.h.{i}.";
    return WeightNames.of(
            new Rule("transformer.word_embeddings", "token_embd"),
            new Rule("transformer.word_embeddings_layernorm", "token_embd_norm"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule(layer + "input_layernorm", "blk.{i}.attn_norm"),
            new Rule(layer + "self_attention.dense", "blk.{i}.attn_output"),
            new Rule(layer + "post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule(layer + "mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
            new Rule(layer + "mlp.dense_4h_to_h", "blk.{i}.ffn_down"))
        .with(
            StandardNames.qkvByGroup(
                layer + "self_attention.query_key_value", StandardNames.heads(spec)))
        .prefixed("transformer.");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.remove("attention.max_alibi_bias"); // understood
  }
}
