package dev.puna.model;

import dev.puna.program.Heads;
import dev.puna.program.Program;
import dev.puna.program.Recorder;
import dev.puna.program.Value;
import dev.puna.program.Weight;

/**
 * The decoder-only transformer, written once. It reads like eager code; the calls record a program.
 *
 * <p>Shapes use the letters of {@link dev.puna.program.Op}; weights have their GGUF names.
 */
public final class Decoder {
  /** The program's result: a score for each token of the vocabulary. (R, V) */
  public static final String LOGITS = "logits";

  /** What {@link #layerOut} names. */
  private static final String LAYER_OUT = "layer_out";

  private final Spec spec;
  private final Recorder r = new Recorder();

  private Decoder(Spec spec) {
    this.spec = spec;
  }

  /** Tokens to logits of the wanted rows. */
  public static Program record(Spec spec) {
    return new Decoder(spec).record();
  }

  /** The name of what layer {@code layer} hands on, the residual stream behind it. (T, D) */
  public static String layerOut(int layer) {
    return "blk." + layer + "." + LAYER_OUT;
  }

  private Program record() {
    Weight table = r.weight("token_embd.weight", spec.vocab(), spec.width());
    Value x = r.embed("token_embd", table); // (T, D)
    for (int i = 0; i < spec.layers().size(); i++) {
      try (Recorder.Scope scope = r.scope("blk." + i)) {
        x = layer(x, spec.layers().get(i));
      }
    }
    x = r.selectRows("selected", x); // (R, D)
    x = r.norm("output_norm", x, spec.finalNorm(), spec.width());
    return switch (spec.head()) {
      case Spec.Logits logits -> {
        Weight w = logits.tied() ? table : r.weight("output.weight", spec.vocab(), spec.width());
        yield r.program(r.linear(LOGITS, x, w, false)); // (R, V)
      }
    };
  }

  private Value layer(Value x, Spec.Layer layer) {
    Value n = r.norm("attn_norm", x, layer.preMix(), spec.width()); // (T, D)
    Value mixed =
        switch (layer.mixer()) {
          case Spec.Attention a -> attention(n, a);
        };
    x = r.plus("attn_residual", x, mixed);

    n = r.norm("ffn_norm", x, layer.preFfn(), spec.width());
    Value fed =
        switch (layer.ffn()) {
          case Spec.Dense d -> dense(n, d);
        };
    return r.plus(LAYER_OUT, x, fed);
  }

  private Value attention(Value x, Spec.Attention a) {
    Heads h = a.heads();
    Value q = r.linear("attn_q", x, h.query() * h.size(), a.bias()); // (T, H·h)
    Value k = r.linear("attn_k", x, h.kv() * h.size(), a.bias()); // (T, K·h)
    Value v = r.linear("attn_v", x, h.kv() * h.valueSize(), a.bias()); // (T, K·hv)
    q = r.rope("attn_q_rope", q, a.rotation(), h.size());
    k = r.rope("attn_k_rope", k, a.rotation(), h.size());
    Value o = r.attend("attn", q, k, v, h, a.mask()); // (T, H·hv)
    return r.linear("attn_output", o, spec.width(), a.outBias()); // (T, D)
  }

  private Value dense(Value x, Spec.Dense d) {
    Value gate = r.linear("ffn_gate", x, d.hidden(), d.bias()); // (T, F)
    Value up = r.linear("ffn_up", x, d.hidden(), d.bias()); // (T, F)
    Value hidden = r.glu("ffn_glu", gate, up, d.activation());
    return r.linear("ffn_down", hidden, spec.width(), d.bias()); // (T, D)
  }
}
