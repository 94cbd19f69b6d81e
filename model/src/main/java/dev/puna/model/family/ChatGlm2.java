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
import java.util.List;
import java.util.Set;

/**
 * ChatGLM 2 and 3, GLM-4-9B (Team GLM 2024): half of a head's columns turn, adjacent ones together;
 * few key heads; SwiGLU with one matrix for both halves.
 */
public final class ChatGlm2 implements Family {
  @Override
  public String name() {
    return "chatglm";
  }

  @Override
  public Set<String> names() {
    return Set.of("chatglm", "ChatGLMModel", "ChatGLMForConditionalGeneration");
  }

  @Override
  public boolean accepts(Config config) {
    return !new ChatGlm().accepts(config);
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List.of("original_rope", "rmsnorm", "post_layer_norm").forEach(option -> c.only(option, true));
    c.only("apply_query_key_layer_scaling", true); // cancels itself: scores are scaled back
    Normalization norm = c.rms(1e-5);
    boolean few = c.flag("multi_query_attention", c.isGguf());
    Heads heads =
        few
            ? c.heads(
                c.size("num_attention_heads"),
                c.size("multi_query_group_num", "num_key_value_heads"))
            : c.heads();
    int turning = c.raw().integer("rotary_dim", heads.size() / 2);
    double base = c.number("rope_theta", 10000 * c.number("rope_ratio", 1));
    Rotation rotation =
        new Rotation(base, turning, Rotation.Pairing.ADJACENT, new RopeScaling.None());
    boolean linear = c.flag("add_bias_linear", false);
    boolean bias = linear | c.flag("add_qkv_bias", c.flag("attention_bias", false));
    Spec.Attention attention = new Spec.Attention(heads, rotation, new Mask.Causal(), bias, linear);
    Spec.Dense ffn = new Spec.Dense(c.hidden(4), Activation.SILU, linear);
    Spec.Residual residual = c.residualOfNormalized();
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn).residual(residual);
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "transformer.encoder.layers.{i}.";
    return WeightNames.of(
            new Rule("transformer.embedding.word_embeddings", "token_embd"),
            new Rule("transformer.encoder.final_layernorm", "output_norm"),
            new Rule("transformer.output_layer", "output"),
            new Rule(layer + "input_layernorm", "blk.{i}.attn_norm"),
            new Rule(layer + "self_attention.dense", "blk.{i}.attn_output"),
            new Rule(layer + "post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule(layer + "mlp.dense_4h_to_h", "blk.{i}.ffn_down"))
        .with(
            StandardNames.qkv(layer + "self_attention.query_key_value", StandardNames.heads(spec)))
        .with(StandardNames.gateUp(layer + "mlp.dense_h_to_4h", StandardNames.hidden(spec)))
        .ignoring(".*rotary_pos_emb\\.inv_freq");
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return StandardNames.fusedGguf(spec);
  }

  @Override
  public List<ChatForm> chats(Config config) {
    // nothing else in the configuration tells the third from the second
    boolean third = String.valueOf(config.text("_name_or_path", "")).contains("chatglm3");
    return List.of(third ? ChatGlmForms.THIRD : ChatGlmForms.SECOND);
  }

  @Override
  public String opening() {
    return "[gMASK]sop";
  }
}
