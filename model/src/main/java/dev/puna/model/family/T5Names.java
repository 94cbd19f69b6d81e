package dev.puna.model.family;

import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import java.util.ArrayList;
import java.util.List;

/** How checkpoints of T5 call their weights. */
final class T5Names {
  /** As GGUF has them. */
  static final WeightNames GGUF =
      WeightNames.CANONICAL.with(
          new Rule("enc.blk.{i}.attn_o", "enc.blk.{i}.attn_output"),
          new Rule("dec.blk.{i}.attn_o", "dec.blk.{i}.attn_output"),
          new Rule("dec.blk.{i}.cross_attn_o", "dec.blk.{i}.cross_attn_output"));

  private T5Names() {}

  static WeightNames of() {
    List<Rule> rules = new ArrayList<>();
    rules.add(new Rule("shared", "token_embd"));
    rules.add(new Rule("lm_head", "output"));
    stack(rules, "encoder.", "enc.", 1);
    stack(rules, "decoder.", "dec.", 2);
    attention(rules, "decoder.block.{i}.layer.1.EncDecAttention.", "dec.blk.{i}.cross_attn_");
    rules.add(new Rule("decoder.block.{i}.layer.1.layer_norm", "dec.blk.{i}.cross_attn_norm"));
    return WeightNames.of(rules.toArray(Rule[]::new))
        .ignoring("(en|de)coder\\.embed_tokens\\.weight", ".*EncDecAttention\\.relative_.*");
  }

  private static void stack(List<Rule> rules, String from, String to, int ffn) {
    String layer = from + "block.{i}.layer.";
    String mlp = layer + ffn + ".DenseReluDense.";
    attention(rules, layer + "0.SelfAttention.", to + "blk.{i}.attn_");
    rules.add(new Rule(from + "final_layer_norm", to + "output_norm"));
    rules.add(
        new Rule(layer + "0.SelfAttention.relative_attention_bias", to + "blk.{i}.attn_rel_b"));
    rules.add(new Rule(layer + "0.layer_norm", to + "blk.{i}.attn_norm"));
    rules.add(new Rule(layer + ffn + ".layer_norm", to + "blk.{i}.ffn_norm"));
    rules.add(new Rule(mlp + "wi", to + "blk.{i}.ffn_up"));
    rules.add(new Rule(mlp + "wi_0", to + "blk.{i}.ffn_gate"));
    rules.add(new Rule(mlp + "wi_1", to + "blk.{i}.ffn_up"));
    rules.add(new Rule(mlp + "wo", to + "blk.{i}.ffn_down"));
  }

  private static void attention(List<Rule> rules, String from, String to) {
    for (String part : List.of("q", "k", "v")) {
      rules.add(new Rule(from + part, to + part));
    }
    rules.add(new Rule(from + "o", to + "output"));
  }
}
