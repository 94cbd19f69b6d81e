package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Embedding;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import java.util.ArrayList;
import java.util.List;

/** How checkpoints of BART and Marian call their weights. */
final class BartNames {
  private BartNames() {}

  static WeightNames of(Spec spec) {
    List<Rule> rules = new ArrayList<>();
    rules.add(new Rule("model.shared", "token_embd"));
    rules.add(new Rule("lm_head", "output"));
    rules.add(new Rule("final_logits_bias", "output.bias"));
    stack(rules, "model.encoder.", "enc.", spec);
    stack(rules, "model.decoder.", "dec.", spec);
    attention(rules, "model.decoder.layers.{i}.encoder_attn", "dec.blk.{i}.cross_attn");
    rules.add(
        new Rule(
            "model.decoder.layers.{i}.encoder_attn_layer_norm", "dec.blk.{i}.cross_attn_norm"));
    boolean learned = spec.embedding().positions() instanceof Embedding.Learned;
    WeightNames names =
        WeightNames.of(rules.toArray(Rule[]::new))
            .prefixed("model.")
            .ignoring("(model\\.)?(en|de)coder\\.embed_tokens\\.weight");
    return learned ? names : names.ignoring(".*embed_positions\\.weight"); // fixed sines
  }

  private static void stack(List<Rule> rules, String from, String to, Spec spec) {
    String layer = from + "layers.{i}.";
    String blk = to + "blk.{i}.";
    attention(rules, layer + "self_attn", blk + "attn");
    rules.add(new Rule(from + "layernorm_embedding", to + "token_embd_norm"));
    rules.add(new Rule(layer + "self_attn_layer_norm", blk + "attn_output_norm"));
    rules.add(new Rule(layer + "fc1", blk + "ffn_up"));
    rules.add(new Rule(layer + "fc2", blk + "ffn_down"));
    rules.add(new Rule(layer + "final_layer_norm", blk + "layer_output_norm"));
    if (spec.embedding().positions() instanceof Embedding.Learned(int count)) {
      // two rows that no position looks at come first
      Change without = new Change.Last(count);
      rules.add(new Rule(from + "embed_positions", to + "position_embd", without));
    }
  }

  private static void attention(List<Rule> rules, String from, String to) {
    for (String part : List.of("q", "k", "v")) {
      rules.add(new Rule(from + "." + part + "_proj", to + "_" + part));
    }
    rules.add(new Rule(from + ".out_proj", to + "_output"));
  }
}
