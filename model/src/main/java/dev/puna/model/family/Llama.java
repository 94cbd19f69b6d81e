package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Layout;
import dev.puna.model.RopeConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * LLaMA 1, 2 and 3 (Touvron et al. 2023; Llama Team 2024): RMSNorm before each part, rotary
 * embedding, multi-head, grouped-query or multi-query attention, SwiGLU.
 */
public final class Llama implements Family {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public Set<String> names() {
    return Set.of("llama", "LlamaForCausalLM", "LLaMAForCausalLM");
  }

  @Override
  public Spec spec(Config config, Layout layout) {
    FamilyConfig c = new FamilyConfig(config);
    Rotation.Pairing pairing =
        layout == Layout.HUGGING_FACE ? Rotation.Pairing.HALVES : Rotation.Pairing.ADJACENT;
    Heads heads = c.heads();
    boolean bias = config.flag("attention_bias", false);
    Spec.Attention attention =
        new Spec.Attention(
            heads,
            RopeConfig.read(config, heads.size(), pairing),
            new Mask.Causal(),
            bias,
            config.flag("attention_out_bias", bias));
    Normalization norm = new Normalization.Rms((float) config.number("rms_norm_eps", 1e-6));
    Spec.Dense ffn =
        new Spec.Dense(
            config.positive("intermediate_size"),
            c.activation("silu"),
            config.flag("mlp_bias", false));
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn);
    return new Spec(
        config.positive("vocab_size"),
        c.width(),
        config.positive("max_position_embeddings", 2048),
        Collections.nCopies(c.layers(), layer),
        norm,
        new Spec.Logits(config.flag("tie_word_embeddings", false)));
  }

  @Override
  public WeightNames weightNames() {
    return new WeightNames(
        List.of(
            new Rule("model.embed_tokens", "token_embd"),
            new Rule("model.norm", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("model.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
            new Rule("model.layers.{i}.self_attn.q_proj", "blk.{i}.attn_q"),
            new Rule("model.layers.{i}.self_attn.k_proj", "blk.{i}.attn_k"),
            new Rule("model.layers.{i}.self_attn.v_proj", "blk.{i}.attn_v"),
            new Rule("model.layers.{i}.self_attn.o_proj", "blk.{i}.attn_output"),
            new Rule("model.layers.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule("model.layers.{i}.mlp.gate_proj", "blk.{i}.ffn_gate"),
            new Rule("model.layers.{i}.mlp.up_proj", "blk.{i}.ffn_up"),
            new Rule("model.layers.{i}.mlp.down_proj", "blk.{i}.ffn_down")),
        List.of("rotary_emb.inv_freq"));
  }
}
