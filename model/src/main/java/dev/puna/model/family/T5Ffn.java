package dev.puna.model.family;

import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;

/** T5's feed-forward part, which one text describes. */
final class T5Ffn {
  private T5Ffn() {}

  /** "relu", or "gated-gelu" with the approximated function. */
  static Spec.Ffn of(FamilyConfig c) {
    c.unused("dense_act_fn", "is_gated_act");
    String otherwise = c.holds("enc.blk.0.ffn_gate.weight") ? "gated-gelu" : "relu";
    String named = String.valueOf(c.raw().text("feed_forward_proj", otherwise));
    boolean gated = named.startsWith("gated-");
    String act = gated ? named.substring("gated-".length()) : named;
    int hidden = c.size("d_ff", "intermediate_size");
    return gated
        ? new Spec.Dense(hidden, c.activationNamed(act.equals("gelu") ? "gelu_new" : act), false)
        : new Spec.Mlp(hidden, c.activationNamed(act), false);
  }
}
