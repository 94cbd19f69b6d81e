package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Mask;
import java.util.List;
import java.util.Set;

/** InternLM 2 (Cai et al. 2024): LLaMA whose queries, keys and values are stored group by group. */
public final class InternLm2 implements Family {
  @Override
  public String name() {
    return "internlm2";
  }

  @Override
  public Set<String> names() {
    return Set.of("internlm2", "InternLM2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean bias = c.flag("bias", c.flag("attention_bias", false));
    Spec.Layer layer = Llama.layer(c, bias, bias, new Mask.Causal());
    return c.decoder(layer, c.rms(1e-6), new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return WeightNames.of(
            new Rule("model.tok_embeddings", "token_embd"),
            new Rule("model.norm", "output_norm"),
            new Rule("output", "output"),
            new Rule("model.layers.{i}.attention_norm", "blk.{i}.attn_norm"),
            new Rule("model.layers.{i}.attention.wo", "blk.{i}.attn_output"),
            new Rule("model.layers.{i}.ffn_norm", "blk.{i}.ffn_norm"),
            new Rule("model.layers.{i}.feed_forward.w1", "blk.{i}.ffn_gate"),
            new Rule("model.layers.{i}.feed_forward.w3", "blk.{i}.ffn_up"),
            new Rule("model.layers.{i}.feed_forward.w2", "blk.{i}.ffn_down"))
        .with(
            StandardNames.qkvByGroup("model.layers.{i}.attention.wqkv", StandardNames.heads(spec)))
        .ignoring(".*rotary_emb\\.inv_freq");
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(ChatForm.CHATML);
  }
}
