package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Recorder;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import dev.puna.program.Updates;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The transformer and its state-space cousins, written once. It reads like eager code; the calls
 * record a program.
 *
 * <p>Shapes use the letters of {@link Op}; weights have their GGUF names.
 */
public final class Decoder {
  /** The program's result: a score for each token of the vocabulary. (R, V) */
  public static final String LOGITS = "logits";

  /** The result of a model without scores: the last layer's rows. (T, D) */
  public static final String HIDDEN = "hidden";

  /** A second result of some: the wanted rows behind a layer of their own. (R, D) */
  public static final String POOLED = "pooled";

  /** What {@link #layerOut} names. */
  private static final String LAYER_OUT = "layer_out";

  private final Spec spec;
  private final Recorder r;

  /** Of the names of weights: a model of two stacks says which. */
  private final String stack;

  /** The state of the source's keys and values for the next layer: they follow the encoder's. */
  private int crossed;

  private Decoder(Spec spec, Recorder recorder, String stack) {
    this.spec = spec;
    this.r = recorder;
    this.stack = stack;
    crossed = spec.source() == null ? 0 : spec.source().layers().size();
  }

  /** Tokens to logits of the wanted rows. */
  public static Program record(Spec spec) {
    return record(spec, weight -> Updates.NONE);
  }

  /**
   * @param updates low-rank updates of a weight's linear ops
   */
  public static Program record(Spec spec, Function<Weight, Updates> updates) {
    Spec.Encoder source = spec.source();
    if (source == null) {
      return new Decoder(spec, new Recorder(0, updates), "").record();
    }
    int states = source.layers().size() + spec.layers().size(); // those that the source's adds
    return new Decoder(spec, new Recorder(states, updates), "dec.").record();
  }

  /**
   * The source's tokens to what the decoder attends to: {@link #HIDDEN}, and the keys and values of
   * each of the decoder's layers, which are kept.
   */
  public static Program recordSource(
      Spec spec, Spec.Encoder source, Function<Weight, Updates> updates) {
    return new Decoder(spec, new Recorder(0, updates), "enc.").recordSource(source);
  }

  /** The name of what layer {@code layer} hands on, the residual stream behind it. (T, D) */
  public static String layerOut(Spec spec, int layer) {
    return (spec.source() == null ? "blk." : "dec.blk.") + layer + "." + LAYER_OUT;
  }

  /** The name of the rows that logits are made of: the last layer's wanted ones. (R, D) */
  public static String lastRows(Spec spec) {
    String stack = spec.source() == null ? "" : "dec.";
    return stack + (spec.finalNorm() == null ? "selected" : "output_norm");
  }

  /** The same of the source's layers. */
  public static String sourceLayerOut(int layer) {
    return "enc.blk." + layer + "." + LAYER_OUT;
  }

  private Program record() {
    Embedding e = spec.embedding();
    Weight table = table(e);
    Value x = layers(embed(r.embed(stack + "token_embd", table), e), spec.layers());
    return switch (spec.head()) {
      case Spec.Logits logits -> r.program(logits(x, logits, table));
      case Spec.Pooled pooled -> r.program(pooled(x, pooled));
    };
  }

  private Program recordSource(Spec.Encoder source) {
    Embedding e = source.embedding();
    Value x = layers(embed(r.embed("enc.token_embd", table(e)), e), source.layers());
    Normalization last = source.finalNorm();
    x =
        last == null
            ? r.slice(HIDDEN, x, 0, x.cols())
            : r.norm(HIDDEN, "enc.output_norm", x, last, x.cols(), x.cols());
    for (int i = 0; i < spec.layers().size(); i++) {
      try (Recorder.Scope scope = r.scope("dec.blk." + i)) {
        keep(x, Objects.requireNonNull(spec.layers().get(i).cross(), "a decoder layer's cross"));
      }
    }
    return r.program(x);
  }

  private Weight table(Embedding e) {
    int columns = e.columns() == 0 ? spec.width() : e.columns();
    return r.weight("token_embd.weight", spec.vocab(), columns);
  }

  private Value layers(Value x, List<Spec.Layer> layers) {
    for (int i = 0; i < layers.size(); i++) {
      try (Recorder.Scope scope = r.scope(stack + "blk." + i)) {
        x = layer(x, layers.get(i)); // (T, D)
      }
    }
    return x;
  }

  private Value embed(Value x, Embedding e) {
    if (e.columns() != 0) {
      x = r.linear(stack + "token_embd_proj", x, spec.width(), false); // (T, D)
    }
    if (e.scale() != 1) {
      x = r.scale(stack + "token_embd_scaled", x, e.scale());
    }
    x =
        switch (e.positions()) {
          case Embedding.InLayers in -> x;
          case Embedding.Learned l -> {
            Weight rows = r.weight(stack + "position_embd.weight", l.count(), spec.width());
            yield r.plus(stack + "placed", x, r.embed(stack + "position_embd", rows, Op.By.PLACE));
          }
          case Embedding.Sinusoidal s ->
              r.plus(stack + "placed", x, r.sinusoid(stack + "position_embd", spec.width()));
        };
    if (e.segments() > 0) {
      Weight rows = r.weight("token_types.weight", e.segments(), spec.width());
      x = r.plus(stack + "typed", x, r.embed("token_types", rows, Op.By.SEGMENT));
    }
    return norm(stack + "token_embd_norm", x, e.norm());
  }

  private Value logits(Value x, Spec.Logits head, Weight table) {
    x = r.selectRows(stack + "selected", x); // (R, D)
    x = norm(stack + "output_norm", x, spec.finalNorm());
    if (table.cols() != spec.width()) {
      x = r.linear("output_proj", x, table.cols(), false);
    }
    Weight w = head.tied() ? table : r.weight("output.weight", spec.vocab(), table.cols());
    boolean plain = head.scale() == 1 && head.cap() == 0;
    Value scores = r.linear(plain ? LOGITS : "output", x, w, head.bias(), "output.bias"); // (R, V)
    if (head.scale() != 1) {
      scores = r.scale(head.cap() == 0 ? LOGITS : "output_scaled", scores, head.scale());
    }
    return head.cap() == 0 ? scores : r.softCap(LOGITS, scores, head.cap());
  }

  private Value[] pooled(Value x, Spec.Pooled head) {
    Normalization last = spec.finalNorm();
    x =
        last == null
            ? r.slice(HIDDEN, x, 0, x.cols())
            : r.norm(HIDDEN, "output_norm", x, last, x.cols(), x.cols());
    if (!head.dense()) {
      return new Value[] {x};
    }
    Value first = r.linear("cls", r.selectRows("selected", x), spec.width(), true); // (R, D)
    return new Value[] {x, r.activate(POOLED, first, Activation.TANH)};
  }

  private Value norm(String name, Value x, @Nullable Normalization kind) {
    return kind == null ? x : r.norm(name, x, kind, x.cols());
  }

  // ---- a layer ----

  private Value layer(Value x, Spec.Layer l) {
    return switch (l.residual()) {
      case Spec.Sequential s -> sequential(x, l, s.scale());
      case Spec.Parallel p -> {
        Value n = norm("attn_norm", x, l.preMix()); // (T, D)
        Value mixed = norm("post_attention_norm", mix(n, l.mixer()), l.postMix());
        Value m = l.preFfn() == null ? n : norm("ffn_norm", x, l.preFfn());
        Value fed = norm("post_ffw_norm", feedForward(m, l.ffn()), l.postFfn());
        yield r.plus(LAYER_OUT, r.plus("attn_residual", x, mixed), fed);
      }
      case Spec.Normalized s -> {
        Value n = norm("attn_norm", x, l.preMix());
        x = r.plus("attn_residual", scaled("attn_norm_scaled", n, s.scale()), mix(n, l.mixer()));
        n = norm("ffn_norm", x, l.preFfn());
        Value fed = feedForward(n, l.ffn());
        yield r.plus(LAYER_OUT, scaled("ffn_norm_scaled", n, s.scale()), fed);
      }
      case Spec.PostNorm p -> {
        x = norm("attn_output_norm", r.plus("attn_residual", x, mix(x, l.mixer())), l.postMix());
        if (l.cross() instanceof Spec.Cross c) {
          x = norm("cross_attn_norm", r.plus("cross_residual", x, cross(x, c)), c.norm());
        }
        x = r.plus("ffn_residual", x, feedForward(x, l.ffn()));
        Normalization last = Objects.requireNonNull(l.postFfn(), "a layer's last norm");
        yield r.norm(LAYER_OUT, "layer_output_norm", x, last, x.cols(), x.cols());
      }
    };
  }

  private Value sequential(Value x, Spec.Layer l, float scale) {
    Value mixed = mix(norm("attn_norm", x, l.preMix()), l.mixer()); // (T, D)
    mixed = scaled("attn_scaled", norm("post_attention_norm", mixed, l.postMix()), scale);
    if (l.ffn() instanceof Spec.None) {
      return r.plus(LAYER_OUT, x, mixed);
    }
    x = r.plus("attn_residual", x, mixed);
    if (l.cross() instanceof Spec.Cross c) {
      x = r.plus("cross_residual", x, cross(norm("cross_attn_norm", x, c.norm()), c));
    }
    Value fed = feedForward(norm("ffn_norm", x, l.preFfn()), l.ffn());
    fed = scaled("ffn_scaled", norm("post_ffw_norm", fed, l.postFfn()), scale);
    return r.plus(LAYER_OUT, x, fed);
  }

  private Value scaled(String name, Value x, float by) {
    return by == 1 ? x : r.scale(name, x, by);
  }

  // ---- mixers ----

  private Value mix(Value x, Spec.Mixer mixer) {
    return switch (mixer) {
      case Spec.Attention a -> attention(x, a);
      case Spec.LatentAttention a -> latentAttention(x, a);
      case Spec.Mamba m -> StateSpaceMixer.record(r, x, m);
      case Spec.Mamba2 m -> StateSpaceMixer.record(r, x, m);
    };
  }

  private Value attention(Value x, Spec.Attention a) {
    Heads h = a.heads();
    Value q = r.linear("attn_q", x, h.query() * h.size(), a.bias()); // (T, H·h)
    Value k = r.linear("attn_k", x, h.kv() * h.size(), a.bias()); // (T, K·h)
    Value v = r.linear("attn_v", x, h.kv() * h.valueSize(), a.bias()); // (T, K·hv)
    v = clamped("attn_v", v, a);
    q = turned("attn_q", q, a);
    k = turned("attn_k", k, a);
    Weight sinks = a.sinks() ? r.vector("attn_sinks.weight", h.query()) : null;
    Weight table =
        a.scores().bias() instanceof Scores.Buckets b
            ? new Weight(
                stack + "blk.0.attn_rel_b.weight", b.count(), h.query()) // one for all layers
            : null;
    Value o = r.attend("attn", q, k, v, h, a.mask(), a.scores(), table, sinks); // (T, H·hv)
    return r.linear("attn_output", o, spec.width(), a.outBias()); // (T, D)
  }

  private Value clamped(String name, Value x, Spec.Attention a) {
    return a.clamp() == 0 ? x : r.clamp(name + "_clamped", x, a.clamp());
  }

  private Value turned(String name, Value x, Spec.Attention a) {
    int size = a.heads().size();
    if (a.qkNorm() instanceof Spec.QkNorm n) {
      x =
          switch (n.span()) {
            case HEAD -> r.norm(name + "_norm", x, n.kind(), size);
            case EACH_HEAD -> r.norm(name + "_norm", x, n.kind(), size, x.cols());
            case WHOLE -> r.norm(name + "_norm", x, n.kind(), x.cols());
          };
    }
    x = clamped(name, x, a);
    for (Rotation rotation : a.rotations()) {
      x = r.rope(name + "_rope", x, rotation, size);
    }
    return x;
  }

  /** Keys and values of the source's rows for one of the decoder's layers. */
  private void keep(Value x, Spec.Cross c) {
    Heads h = c.heads();
    Value k = r.linear("cross_attn_k", x, h.kv() * h.size(), c.bias()); // (T, K·h)
    Value v = r.linear("cross_attn_v", x, h.kv() * h.valueSize(), c.bias()); // (T, K·hv)
    r.keep("cross_attn_kept", k, v, h.kv());
  }

  private Value cross(Value x, Spec.Cross c) {
    Value q = r.linear("cross_attn_q", x, c.heads().query() * c.heads().size(), c.bias());
    Value o = r.attendSource("cross_attn", q, c.heads(), crossed++); // (T, H·hv)
    return r.linear("cross_attn_output", o, spec.width(), c.bias()); // (T, D)
  }

  /**
   * A head's key is [W_k c | p]: c the latent row, p turned columns that all heads share. Then q·k
   * = (W_kᵀ q)·c + q_p·p, so that one key [c | p] serves all heads, and c is its value too.
   */
  private Value latentAttention(Value x, Spec.LatentAttention a) {
    int turning = a.rotation().size();
    Value q = latentQuery(x, a); // (T, H·(n+p))
    q = r.rope("attn_q_rope", q, a.rotation().from(a.plain()), a.plain() + turning);
    Value plain = r.slice("attn_q_plain", q, a.heads(), 0, a.plain()); // (T, H·n)
    Value absorbed = r.headLinear("attn_k_b", plain, a.heads(), a.rank()); // (T, H·c)
    Value turned = r.slice("attn_q_turned", q, a.heads(), a.plain(), turning); // (T, H·p)
    q = r.join("attn_q_latent", absorbed, turned, a.heads(), a.heads()); // (T, H·(c+p))

    Value kv = r.linear("attn_kv_a_mqa", x, a.rank() + turning, a.bias()); // (T, c+p)
    Value latent = r.slice("attn_kv_a", kv, 0, a.rank());
    latent = r.norm("attn_kv_a_norm", latent, a.norm(), a.rank());
    Value p = r.slice("attn_k_turned", kv, a.rank(), turning);
    p = r.rope("attn_k_rope", p, a.rotation(), turning);
    Value k = r.join("attn_k_latent", latent, p, 1, 1); // (T, c+p)

    Heads h = new Heads(a.heads(), 1, a.rank() + turning, a.rank(), a.scale());
    Value o = r.attend("attn", q, k, null, h, new Mask.Causal(), Scores.PLAIN, null, null);
    o = r.headLinear("attn_v_b", o, a.heads(), a.valueSize()); // (T, H·hv)
    return r.linear("attn_output", o, spec.width(), a.bias()); // (T, D)
  }

  private Value latentQuery(Value x, Spec.LatentAttention a) {
    int cols = a.heads() * (a.plain() + a.rotation().size());
    if (a.queryRank() == 0) {
      return r.linear("attn_q", x, cols, false);
    }
    Value latent = r.linear("attn_q_a", x, a.queryRank(), a.bias());
    latent = r.norm("attn_q_a_norm", latent, a.norm(), a.queryRank());
    return r.linear("attn_q_b", latent, cols, false);
  }

  // ---- feed-forward ----

  private Value feedForward(Value x, Spec.Ffn ffn) {
    return switch (ffn) {
      case Spec.Dense d -> dense("", x, d.hidden(), d.activation(), d.bias());
      case Spec.Mlp m -> {
        Value hidden = r.linear("ffn_up", x, m.hidden(), m.bias()); // (T, F)
        hidden = r.activate("ffn_act", hidden, m.activation());
        yield r.linear("ffn_down", hidden, spec.width(), m.bias()); // (T, D)
      }
      case Spec.Experts e -> experts(x, e);
      case Spec.None none -> throw new IllegalStateException("a layer without a second part");
    };
  }

  private Value dense(String suffix, Value x, int hidden, Activation activation, boolean bias) {
    Value gate = r.linear("ffn_gate" + suffix, x, hidden, bias); // (T, F)
    Value up = r.linear("ffn_up" + suffix, x, hidden, bias); // (T, F)
    Value glu = r.glu("ffn_glu" + suffix, gate, up, activation);
    return r.linear("ffn_down" + suffix, glu, spec.width(), bias); // (T, D)
  }

  private Value experts(Value x, Spec.Experts e) {
    int experts = e.routing().experts();
    Value scores = r.linear("ffn_gate_inp", x, experts, e.bias()); // (T, E)
    Value routes = r.route("exp_probs_b", scores, e.biased(), e.routing()); // (T, 2k)
    Value hidden =
        r.expertsUp("ffn_glu_exps", x, routes, experts, e.hidden(), e.bias(), e.gating());
    Value out = r.expertsDown("ffn_down_exps", hidden, routes, experts, spec.width(), e.bias());
    if (e.shared() instanceof Spec.Shared shared) {
      Value also = dense("_shexp", x, shared.hidden(), shared.activation(), false);
      if (shared.gated()) {
        Value gate = r.linear("ffn_gate_inp_shexp", x, 1, false); // (T, 1)
        also = r.gateRows("ffn_shexp_gated", also, gate);
      }
      out = r.plus("ffn_moe", out, also);
    }
    return out;
  }
}
