package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GPT-J (Wang and Komatsuzaki 2021): attention and feed-forward part side by side behind one
 * LayerNorm; adjacent columns of a part of each head turn together.
 */
public final class GptJ implements Family {
  @Override
  public String name() {
    return "gptj";
  }

  @Override
  public Set<String> names() {
    return Set.of("gptj", "GPTJForCausalLM");
  }

  @Override
  public @Nullable String ggufArchitecture() {
    return null;
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("scale_attn_weights", true);
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    Rotation rotation =
        new Rotation(
            10000,
            c.raw().integer("rotary_dim", 64),
            Rotation.Pairing.ADJACENT,
            new RopeScaling.None());
    Spec.Attention attention = new Spec.Attention(heads, rotation, new Mask.Causal(), false, false);
    Spec.Mlp ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu_new"), true);
    Spec.Layer layer =
        new Spec.Layer(norm, attention, norm, ffn).residual(new Spec.Parallel()).sharingNorm();
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false), true, 1, 0));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return WeightNames.of(
            new Rule("transformer.wte", "token_embd"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("transformer.h.{i}.ln_1", "blk.{i}.attn_norm"),
            new Rule("transformer.h.{i}.attn.q_proj", "blk.{i}.attn_q"),
            new Rule("transformer.h.{i}.attn.k_proj", "blk.{i}.attn_k"),
            new Rule("transformer.h.{i}.attn.v_proj", "blk.{i}.attn_v"),
            new Rule("transformer.h.{i}.attn.out_proj", "blk.{i}.attn_output"),
            new Rule("transformer.h.{i}.mlp.fc_in", "blk.{i}.ffn_up"),
            new Rule("transformer.h.{i}.mlp.fc_out", "blk.{i}.ffn_down"))
        .prefixed("transformer.")
        .ignoring(".*attn\\.(masked_)?bias", ".*attn\\.embed_positions");
  }
}
