package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
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
import java.util.List;
import java.util.Set;

/**
 * LLaMA 1, 2 and 3 (Touvron et al. 2023; Llama Team 2024), and those who took it over as it is,
 * with or without biases: RMSNorm before each part, rotary embedding, multi-head, grouped-query or
 * multi-query attention, SwiGLU.
 */
public final class Llama implements Family {
  @Override
  public String name() {
    return "llama";
  }

  @Override
  public Set<String> names() {
    return Set.of(
        "llama",
        "LlamaForCausalLM",
        "LLaMAForCausalLM",
        "Yi",
        "YiForCausalLM",
        "internlm",
        "InternLMForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean bias = c.flag("bias", c.flag("attention_bias", false));
    boolean outBias = c.flag("attention_out_bias", bias);
    List<Mask> masks = c.masks(c.isGguf() ? c.window() : null, 0);
    return c.decoder(
        i -> layer(c, bias, outBias, masks.get(i)), c.rms(1e-6), new Spec.Logits(c.tied(false)));
  }

  static Spec.Layer layer(FamilyConfig c, boolean bias, boolean outBias, Mask mask) {
    Normalization norm = c.rms(1e-6);
    return new Spec.Layer(norm, attention(c, bias, outBias, mask), norm, ffn(c));
  }

  static Spec.Attention attention(FamilyConfig c, boolean bias, boolean outBias, Mask mask) {
    Heads heads = c.heads();
    Rotation.Pairing pairing =
        c.isHuggingFace() ? Rotation.Pairing.HALVES : Rotation.Pairing.ADJACENT;
    Rotation rotation = c.rotation(heads.size(), pairing);
    return new Spec.Attention(heads, rotation, mask, bias, outBias);
  }

  private static Spec.Ffn ffn(FamilyConfig c) {
    if (c.sizeOr(0, "num_local_experts") > 0) { // GGUF's llama may be a mixture
      return Mixtral.experts(c);
    }
    return new Spec.Dense(
        c.size("intermediate_size"), c.activation("silu"), c.flag("mlp_bias", false));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.or(
        new Rule("model.layers.{i}.ln1", "blk.{i}.attn_norm"),
        new Rule("model.layers.{i}.ln2", "blk.{i}.ffn_norm"));
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(
        ChatForm.CHATML, new ChatForm("internlm", List.of("<eoa>"), List.of("<eoa>"), 0.8, 0.8));
  }
}
