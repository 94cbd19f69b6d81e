package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Reading;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * ChatGLM-6B (Du et al. 2022, Zeng et al. 2023): what comes before the answer is read at once,
 * tokens have two places that turn half of a head's columns each, LayerNorm, GELU, and a stream
 * that is what was normalized, times √56.
 */
public final class ChatGlm implements Family {
  @Override
  public String name() {
    return "chatglm-6b";
  }

  @Override
  public Set<String> names() {
    return Set.of("chatglm", "ChatGLMModel", "ChatGLMForConditionalGeneration");
  }

  @Override
  public boolean accepts(Config config) {
    return config.has("inner_hidden_size") || config.has("position_encoding_2d");
  }

  @Override
  public Config completed(Config config, Set<String> stored) {
    return config.with("tie_word_embeddings", !stored.contains("lm_head.weight"));
  }

  @Override
  public @Nullable String ggufArchitecture() {
    return null;
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean twoPlaces = c.flag("position_encoding_2d", true);
    c.only("use_bias", true);
    Normalization norm = c.layerNorm(1e-5, true);
    Heads heads = c.heads();
    int turning = twoPlaces ? heads.size() / 2 : heads.size();
    Rotation first = new Rotation(10000, turning, Rotation.Pairing.HALVES, new RopeScaling.Half());
    Spec.Attention attention =
        new Spec.Attention(heads, Scores.PLAIN, true, true).turned(first).mask(new Mask.Prefix());
    attention = twoPlaces ? attention.turned(first, first.from(turning).bySecond()) : attention;
    int hidden = c.sizeOr(4 * c.width(), "inner_hidden_size");
    Spec.Layer layer =
        new Spec.Layer(norm, attention, norm, new Spec.Mlp(hidden, Activation.GELU_TANH, true))
            .residual(new Spec.Normalized((float) Math.sqrt(2 * 28))); // whatever its layers are
    Reading reading =
        new Reading.BlankFilling(
            c.raw().integer("mask_token_id", 130000),
            c.raw().integer("gmask_token_id", 130001),
            c.raw().integer("bos_token_id", 130004),
            twoPlaces);
    return c.decoder(layer, norm, new Spec.Logits(c.tied(true))).reading(reading);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "transformer.layers.{i}.";
    String qkv = layer + "attention.query_key_value";
    return WeightNames.of(
            new Rule("transformer.word_embeddings", "token_embd"),
            new Rule("transformer.final_layernorm", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule(layer + "input_layernorm", "blk.{i}.attn_norm"),
            new Rule(layer + "attention.dense", "blk.{i}.attn_output"),
            new Rule(layer + "post_attention_layernorm", "blk.{i}.ffn_norm"),
            new Rule(layer + "mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
            new Rule(layer + "mlp.dense_4h_to_h", "blk.{i}.ffn_down"))
        .with(StandardNames.qkvByGroup(qkv, StandardNames.heads(spec)))
        .ignoring(".*rotary_emb\\.inv_freq");
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(new ChatForm("chatglm", List.of("[gMASK]"), List.of("<eop>"), 0.8, 0.8));
  }
}
