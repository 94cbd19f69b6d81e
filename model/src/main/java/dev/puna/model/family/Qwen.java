package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Qwen 1 (Bai et al. 2023): LLaMA with biases of queries, keys and values; beyond the training
 * context the rotary base grows with the prompt (NTK) and queries with their position (log-n).
 */
public final class Qwen implements Family {
  @Override
  public String name() {
    return "qwen";
  }

  @Override
  public Set<String> names() {
    return Set.of("qwen", "QWenLMHeadModel");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("scale_attn_weights", true);
    c.only("no_bias", true);
    Normalization norm = c.rms(1e-6);
    Heads heads = c.heads();
    int trained = c.sizeOr(8192, "seq_length");
    Rotation plain = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    RopeScaling scaling =
        c.flag("use_dynamic_ntk", !c.isGguf())
            ? new RopeScaling.Stepped(trained)
            : new RopeScaling.None();
    Rotation rotation = new Rotation(plain.base(), plain.size(), plain.pairing(), scaling);
    int logFrom = c.flag("use_logn_attn", !c.isGguf()) ? trained : 0;
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), true, false)
            .scores(new Scores(0, new Scores.None(), logFrom));
    // the configuration counts gate and up together
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size") / 2, Activation.SILU, false);
    return c.decoder(
        new Spec.Layer(norm, attention, norm, ffn), norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return WeightNames.of(
            new Rule("transformer.wte", "token_embd"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("transformer.h.{i}.ln_1", "blk.{i}.attn_norm"),
            new Rule("transformer.h.{i}.attn.c_proj", "blk.{i}.attn_output"),
            new Rule("transformer.h.{i}.ln_2", "blk.{i}.ffn_norm"),
            new Rule("transformer.h.{i}.mlp.w2", "blk.{i}.ffn_gate"),
            new Rule("transformer.h.{i}.mlp.w1", "blk.{i}.ffn_up"),
            new Rule("transformer.h.{i}.mlp.c_proj", "blk.{i}.ffn_down"))
        .with(StandardNames.qkv("transformer.h.{i}.attn.c_attn", StandardNames.heads(spec)))
        .ignoring(".*rotary_emb\\.inv_freq", ".*masked_bias");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL.with(
        StandardNames.qkv("blk.{i}.attn_qkv", StandardNames.heads(spec)));
  }

  /** The hidden columns of both halves are counted, and longer texts are not meant. */
  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.put("feed_forward_length", 2 * StandardNames.hidden(spec));
    if (((Spec.Attention) spec.layers().getFirst().mixer()).scores().logFrom() > 0) {
      int trained = ((Spec.Attention) spec.layers().getFirst().mixer()).scores().logFrom();
      metadata.put("context_length", Math.min(spec.context(), trained));
    }
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(ChatForm.CHATML);
  }
}
