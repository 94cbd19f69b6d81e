package dev.puna.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Programs of the kinds that families are made of, on odd shapes; together every op. */
public enum Example {
  /** Attention with all that scores may have, and to a source. */
  SCORES,
  /** Latent attention: values are part of the keys. */
  LATENT,
  EXPERTS,
  STATE_SPACES,
  /** Adapters of several ranks, with and without magnitudes, that sequences choose from. */
  ADAPTERS,
  ALL;

  private static final int VOCABULARY = 50;
  private static final int LONGEST = 100;
  private static final int D = 48;
  private static final Normalization RMS = new Normalization.Rms(1e-5f);

  /** A program whose result is "y", (R, 59). */
  public Program program() {
    Recorder r = new Recorder(0, Example::adapters);
    Value x = embedded(r);
    for (Example part :
        this == ALL ? List.of(SCORES, LATENT, EXPERTS, STATE_SPACES, ADAPTERS) : List.of(this)) {
      try (Recorder.Scope scope = r.scope("blk." + part.ordinal())) {
        Value n = r.norm("norm", x, RMS, D);
        x =
            switch (part) {
              case SCORES -> scores(r, x, n);
              case LATENT -> r.plus("add", x, latent(r, n));
              case EXPERTS -> r.plus("add", x, experts(r, n));
              case STATE_SPACES -> r.plus("add", x, stateSpaces(r, n));
              case ADAPTERS -> r.plus("add", x, adapted(r, n));
              case ALL -> throw new AssertionError();
            };
      }
    }
    Value last =
        r.norm("output_norm", r.selectRows("last", x), new Normalization.PlainLayer(1e-5f), D);
    return r.program(r.softCap("y", r.linear("output", last, 59, false), 3));
  }

  private static Value embedded(Recorder r) {
    Value x = r.scale("scaled", r.embed("x", r.weight("table", VOCABULARY, D)), 0.7f);
    Value p = r.embed("p", r.weight("table.places", LONGEST, D), Op.By.PLACE);
    Value s = r.embed("s", r.weight("table.segments", 3, D), Op.By.SEGMENT);
    Value known = r.plus("known", p, r.sinusoid("sinusoid", D));
    return r.plus("embedded", r.plus("placed", x, known), s);
  }

  private static Value scores(Recorder r, Value x, Value n) {
    Heads heads = Heads.of(6, 2, 10);
    List<Scores> all =
        List.of(
            new Scores(2, Scores.Alibi.of(6, 8, 1), 16),
            Scores.biased(new Scores.Buckets(16, 20, true)));
    List<Value> sums = new ArrayList<>(List.of(x));
    for (int i = 0; i < all.size(); i++) {
      Value q = r.linear("q" + i, n, 60, true);
      Value k = r.norm("k_norm" + i, r.linear("k" + i, n, 20, false), RMS, 10, 20);
      Value v = r.clamp("v" + i, r.linear("v_in" + i, n, 20, false), 0.8f);
      @Nullable Weight table = i == 1 ? r.weight("table.relative", 16, 6) : null;
      @Nullable Weight sinks = i == 0 ? Weight.vector("sinks", 6) : null;
      Mask mask = i == 0 ? new Mask.Causal() : new Mask.Sliding(7);
      Value a = r.attend("a" + i, q, k, v, heads, mask, all.get(i), table, sinks);
      sums.add(r.plus("sum" + i, sums.getLast(), r.linear("o" + i, a, D, false)));
    }
    int state = r.states();
    Value kept = r.keep("kept", r.linear("sk", n, 20, false), r.linear("sv", n, 20, false), 2);
    Value q = r.linear("sq", r.join("both", n, kept, 1, 1), 60, false);
    Value a = r.attendSource("source", q, heads, state);
    return r.plus("add", sums.getLast(), r.linear("so", a, D, false));
  }

  private static Value adapted(Recorder r, Value n) {
    Value gate = r.linear("adapted_gate", n, 40, true);
    Value glu = r.glu("glu", gate, r.linear("up", n, 40, false), Activation.SILU);
    return r.linear("adapted_down", glu, D, true);
  }

  /**
   * Three adapters: of rank 3 without magnitudes; of rank 20, of one weight only; of rank 1, with
   * magnitudes of one weight.
   */
  private static Updates adapters(Weight weight) {
    boolean gate = weight.name().endsWith("adapted_gate.weight");
    if (!gate && !weight.name().endsWith("adapted_down.weight")) {
      return Updates.NONE;
    }
    return new Updates.Chosen(
        Arrays.asList(
            update(weight, 0, 3, false),
            gate ? update(weight, 1, 20, false) : null,
            update(weight, 2, 1, gate)));
  }

  private static LowRank update(Weight weight, int number, int rank, boolean directed) {
    String name = weight.name() + ".lora." + number;
    return new LowRank(
        new Weight(name + ".a", rank, weight.cols()),
        new Weight(name + ".b", weight.rows(), rank),
        0.5f + number,
        directed ? Weight.vector(name + ".magnitude", weight.rows()) : null);
  }

  private static Value latent(Recorder r, Value n) {
    Rotation rotation = new Rotation(1e4, 8, Rotation.Pairing.ADJACENT, new RopeScaling.None());
    Value q = r.linear("q", n, 5 * 20, false);
    Value latent = r.headLinear("q_latent", r.slice("q_nope", q, 5, 0, 12), 5, 24);
    Value turned = r.rope("q_turned", r.slice("q_rope", q, 5, 12, 8), rotation, 8);
    Value query = r.join("query", latent, turned, 5, 5);
    Value kv = r.norm("kv_norm", r.linear("kv", n, 24, false), RMS, 24);
    Value key = r.join("key", kv, r.linear("k_rope", n, 8, false), 1, 1);
    Rotation second =
        new Rotation(
            1e4, 8, Rotation.Pairing.HALVES, new RopeScaling.None(), 24, Rotation.Axis.SECOND);
    Value keys = r.rope("keys", key, second, 32);
    Heads heads = new Heads(5, 1, 32, 24, 0.2f);
    Value a = r.attend("a", query, keys, null, heads, new Mask.Causal());
    return r.linear("o", r.headLinear("values", a, 5, 12), D, false);
  }

  private static Value experts(Recorder r, Value n) {
    Routing routing = new Routing(8, 3, Routing.Probability.SIGMOID, true, 1.5f, 4, 2, 1);
    Value routes = r.route("routes", r.linear("router", n, 8, false), true, routing);
    Gating gating = new Gating.Clamped(1.702f, 2);
    Value hidden = r.expertsUp("up", n, routes, 8, 40, true, gating);
    Value y = r.expertsDown("down", hidden, routes, 8, D, true);
    Value shared = r.gateRows("shared", r.linear("all", n, D, false), r.linear("gate", n, 1, true));
    return r.plus("sum", y, shared);
  }

  private static Value stateSpaces(Recorder r, Value n) {
    List<StateSpace> spaces =
        List.of(
            new StateSpace(40, 1, 1, 16, 16, 0, Float.POSITIVE_INFINITY),
            new StateSpace(4, 10, 2, 20, 1, 0.001f, 0.5f));
    List<Value> sums = new ArrayList<>();
    for (StateSpace s : spaces) {
      try (Recorder.Scope scope = r.scope("heads" + s.heads())) {
        int cols = s.groups() * s.states();
        Value in = r.linear("in", n, 40 + 2 * cols, false);
        Value c = r.activate("act", r.causalConv("conv1d", in, 4, true), Activation.SILU);
        Value y =
            r.selectiveScan(
                "scan",
                r.slice("x", c, 0, 40),
                r.linear("dt", n, s.heads(), false),
                r.slice("b", c, 40, cols),
                r.slice("c", c, 40 + cols, cols),
                s,
                true);
        sums.add(r.linear("out", y, D, false));
      }
    }
    return r.plus("sum", sums.getFirst(), sums.getLast());
  }
}
