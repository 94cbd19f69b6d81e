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
 * GPT-NeoX and Pythia (Black et al. 2022): a quarter of each head turns; both parts side by side,
 * each behind its own LayerNorm.
 */
public final class GptNeoX implements Family {
  @Override
  public String name() {
    return "gptneox";
  }

  @Override
  public Set<String> names() {
    return Set.of("gpt_neox", "GPTNeoXForCausalLM", "gptneox");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES, 0.25);
    boolean bias = c.flag("attention_bias", true);
    Spec.Attention attention = new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias);
    Spec.Mlp ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu"), true);
    boolean parallel = c.flag("use_parallel_residual", true);
    Spec.Layer layer =
        new Spec.Layer(norm, attention, norm, ffn)
            .residual(parallel ? new Spec.Parallel() : Spec.Sequential.PLAIN);
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "gpt_neox.layers.{i}.";
    return WeightNames.of(
            new Rule("gpt_neox.embed_in", "token_embd"),
            new Rule("gpt_neox.final_layer_norm", "output_norm"),
            new Rule("embed_out", "output"),
            new Rule("lm_head", "output"),
            new Rule(layer + "input_layernorm", "blk.{i}.attn_norm"),
            new Rule(layer + "attention.dense", "blk.{i}.attn_output"),
            new Rule(layer + "post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule(layer + "mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
            new Rule(layer + "mlp.dense_4h_to_h", "blk.{i}.ffn_down"))
        .with(
            StandardNames.qkvByGroup(
                layer + "attention.query_key_value", StandardNames.heads(spec)))
        .ignoring(".*attention\\.(masked_)?bias", ".*rotary_emb\\.inv_freq");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    boolean parallel = spec.layers().getFirst().residual() instanceof Spec.Parallel;
    metadata.put("use_parallel_residual", parallel);
  }
}
