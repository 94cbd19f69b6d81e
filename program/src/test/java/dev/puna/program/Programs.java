package dev.puna.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Programs to test what is derived from programs. */
final class Programs {
  private Programs() {}

  static Program llama(int layers) {
    Recorder r = new Recorder();
    Normalization rms = new Normalization.Rms(1e-5f);
    Rotation rotation = new Rotation(1e4, 16, Rotation.Pairing.ADJACENT, new RopeScaling.None());
    Value x = r.embed("x", r.weight("token_embd", 100, 64));
    for (int l = 0; l < layers; l++) {
      try (Recorder.Scope scope = r.scope("blk." + l)) {
        Value n = r.norm("attn_norm", x, rms, 64);
        Value q = r.linear("attn_q", n, 64, false);
        Value k = r.linear("attn_k", n, 32, false);
        Value v = r.linear("attn_v", n, 32, false);
        q = r.rope("q", q, rotation, 16);
        k = r.rope("k", k, rotation, 16);
        Value a = r.attend("attn", q, k, v, Heads.of(4, 2, 16), new Mask.Causal());
        x = r.plus("attn_add", r.linear("attn_output", a, 64, false), x);
        Value f = r.norm("ffn_norm", x, rms, 64);
        Value up = r.linear("ffn_up", f, 96, false);
        Value gate = r.linear("ffn_gate", f, 96, false);
        Value gated = r.glu("ffn_glu", gate, up, Activation.SILU);
        x = r.plus("ffn_add", r.linear("ffn_down", gated, 64, false), x);
      }
    }
    Value last = r.norm("output_norm", r.selectRows("last", x), rms, 64);
    return r.program(r.linear("logits", last, 100, false));
  }

  /** Ops in any order over values of 32 columns, heads of 8; a few of the values are results. */
  static Program random(Random random) {
    Recorder r = new Recorder(0, Programs::adapted);
    List<Value> values = new ArrayList<>();
    values.add(r.embed("v0", r.weight("token_embd", 100, 32)));
    Normalization rms = new Normalization.Rms(1e-5f);
    Rotation rotation = new Rotation(1e4, 8, Rotation.Pairing.HALVES, new RopeScaling.None());
    int ops = 1 + random.nextInt(40);
    for (int i = 1; i <= ops; i++) {
      Value a = values.get(random.nextInt(values.size()));
      Value b = values.get(random.nextInt(values.size()));
      Value c = values.get(random.nextInt(values.size()));
      String name = "v" + i;
      values.add(
          switch (random.nextInt(18)) {
            case 0 -> r.norm(name, a, rms, 32);
            case 1 -> r.norm(name, a, rms, 8);
            case 2, 3 -> r.linear(name, a, 32, false);
            case 4 -> r.rope(name, a, rotation, 8);
            case 5 -> r.attend(name, a, b, c, Heads.of(4, 4, 8), new Mask.Causal());
            case 6 -> r.glu(name, a, b, Activation.RELU);
            case 7 -> r.headLinear(name, a, 4, 8);
            case 8 -> r.attend(name, a, b, null, Heads.of(4, 4, 8), new Mask.Causal());
            case 9 -> r.attendSource(name, a, Heads.of(4, 4, 8), kept(r, name, b, c));
            case 10 -> r.softCap(name, r.clamp(name + "c", r.scale(name + "s", a, 2), 3), 5);
            case 11 -> r.gateRows(name, a, r.linear(name + "g", b, 1, false));
            case 12 -> {
              Value half = r.slice(name + "h", a, 4, 2, 4);
              yield r.join(name, half, half, 4, 4);
            }
            case 13 -> experts(r, name, a, b);
            case 14 -> r.causalConv(name, a, 3, false);
            case 15 -> {
              Value dt = r.linear(name + "d", b, 4, false);
              StateSpace space = new StateSpace(4, 8, 2, 16, 1, 0, 1);
              yield r.selectiveScan(name, a, dt, b, c, space, false);
            }
            case 16 -> r.linear("adapted_" + name, a, 32, false);
            default -> r.plus(name, a, b);
          });
    }
    Value last = r.selectRows("last", values.getLast());
    Value some = values.get(random.nextInt(values.size()));
    return r.program(r.linear("logits", last, 100, false), some);
  }

  /** Two adapters to choose from, for weights that say so. */
  static Updates adapted(Weight weight) {
    if (!weight.name().startsWith("adapted")) {
      return Updates.NONE;
    }
    Weight a = new Weight(weight.name() + ".a", 3, weight.cols());
    Weight b = new Weight(weight.name() + ".b", weight.rows(), 3);
    return new Updates.Chosen(Arrays.asList(null, new LowRank(a, b, 0.5f, null)));
  }

  private static int kept(Recorder r, String name, Value k, Value v) {
    r.keep(name + "k", k, v, 4);
    return r.states() - 1;
  }

  private static Value experts(Recorder r, String name, Value x, Value y) {
    Routing routing = Routing.softmax(4, 2, true);
    try (Recorder.Scope scope = r.scope(name)) {
      Value routes = r.route("routes", r.slice("scores", y, 0, 4), false, routing);
      Gating gating = new Gating.Plain(Activation.SILU);
      Value hidden = r.expertsUp("up", x, routes, 4, 16, false, gating);
      return r.expertsDown("down", hidden, routes, 4, 32, false);
    }
  }
}
