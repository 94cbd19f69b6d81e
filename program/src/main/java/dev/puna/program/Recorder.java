package dev.puna.program;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Records ops as model code calls them; the calls read like eager code. Names are relative to the
 * current scope: in scope "blk.3", weight "attn_q.weight" is "blk.3.attn_q.weight".
 */
public final class Recorder {
  private final List<Op> ops = new ArrayList<>();
  private final Deque<String> scopes = new ArrayDeque<>();
  private int values;
  private int states;

  private final Function<Weight, Updates> updates;

  public Recorder() {
    this(0);
  }

  /**
   * Records one of several programs that run on the same state.
   *
   * @param states number of the first state that this one adds
   */
  public Recorder(int states) {
    this(states, weight -> Updates.NONE);
  }

  /**
   * @param updates of the linear ops of a weight, which are recorded after them
   */
  public Recorder(int states, Function<Weight, Updates> updates) {
    this.states = states;
    this.updates = updates;
  }

  /** The number that the next state will have. */
  public int states() {
    return states;
  }

  /** The program of everything recorded so far. */
  public Program program(Value... results) {
    return new Program(ops, List.of(results));
  }

  /** Opens a scope until the returned handle is closed. */
  public Scope scope(String name) {
    scopes.addLast(name);
    return scopes::removeLast;
  }

  /** Closes a scope; for try-with-resources. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  public Weight weight(String name, int rows, int cols) {
    return new Weight(path(name), rows, cols);
  }

  public Weight vector(String name, int size) {
    return Weight.vector(path(name), size);
  }

  /** Token ids to rows of the table. (T, D) */
  public Value embed(String name, Weight table) {
    return embed(name, table, Op.By.TOKEN);
  }

  /** Rows of the table by a fact of each row. (T, D) */
  public Value embed(String name, Weight table, Op.By by) {
    return add(new Op.Embed(value(name, Value.Rows.TOKENS, table.cols()), table, by));
  }

  /** The fixed position embedding. (T, width) */
  public Value sinusoid(String name, int width) {
    return add(new Op.Sinusoid(value(name, Value.Rows.TOKENS, width)));
  }

  /** Normalizes groups of {@code width} columns; weights {name}.weight and {name}.bias, if any. */
  public Value norm(String name, Value x, Normalization kind, int width) {
    return norm(name, x, kind, width, width);
  }

  /**
   * @param gains columns of the weights: {@code width}, or as many as x has
   */
  public Value norm(String name, Value x, Normalization kind, int width, int gains) {
    return norm(name, name, x, kind, width, gains);
  }

  /**
   * @param weights name of the weights, where the value has another
   */
  public Value norm(
      String name, String weights, Value x, Normalization kind, int width, int gains) {
    if (x.cols() % width != 0 || (gains != width && gains != x.cols())) {
      throw new IllegalArgumentException(path(name) + ": " + x.cols() + " / " + width);
    }
    Weight gain = kind.weighted() ? Weight.vector(path(weights + ".weight"), gains) : null;
    Weight bias = kind.biased() ? Weight.vector(path(weights + ".bias"), gains) : null;
    return add(new Op.Norm(value(name, x.rows(), x.cols()), x, kind, width, gain, bias));
  }

  /** x Wᵀ + b with weights {name}.weight and, if wanted, {name}.bias. (T, out) */
  public Value linear(String name, Value x, int out, boolean bias) {
    return linear(name, x, weight(name + ".weight", out, x.cols()), bias);
  }

  /** x Wᵀ + b with a weight that has a name of its own, such as a tied embedding table. */
  public Value linear(String name, Value x, Weight weight, boolean bias) {
    return linear(name, x, weight, bias, name + ".bias");
  }

  /**
   * @param biasName name of the bias, if there is one
   */
  public Value linear(String name, Value x, Weight weight, boolean bias, String biasName) {
    if (weight.cols() != x.cols()) {
      throw new IllegalArgumentException(path(name) + ": " + x.cols() + " columns for " + weight);
    }
    @Nullable Weight b = bias ? Weight.vector(path(biasName), weight.rows()) : null;
    return switch (updates.apply(weight)) {
      case Updates.Every e when e.all().isEmpty() ->
          add(new Op.Linear(value(name, x.rows(), weight.rows()), x, weight, b));
      case Updates.Every e -> updated(name, x, weight, b, e.all());
      case Updates.Chosen c -> chosen(name, x, weight, b, c);
    };
  }

  private Value chosen(
      String name, Value x, Weight weight, @Nullable Weight bias, Updates.Chosen updates) {
    Value y = value(name + ".base", x.rows(), weight.rows());
    Value low = value(name + ".lora_a", x.rows(), updates.cols());
    Value out = value(name, x.rows(), weight.rows());
    boolean waits = updates.scales();
    add(new Op.Linear(y, x, weight, waits ? null : bias));
    add(new Op.Shrink(low, x, updates));
    return add(new Op.Expand(out, y, low, updates, waits ? bias : null));
  }

  private Value updated(
      String name, Value x, Weight weight, @Nullable Weight bias, List<LowRank> wanted) {
    boolean scaled = wanted.getFirst().magnitude() != null;
    int out = weight.rows();
    Value y = value(name + ".base", x.rows(), out);
    add(new Op.Linear(y, x, weight, scaled ? null : bias));
    for (int i = 0; i < wanted.size(); i++) {
      LowRank u = wanted.get(i);
      Value low = value(name + ".lora_a", x.rows(), u.a().rows());
      Value high = value(name + ".lora_b", x.rows(), out);
      add(new Op.Linear(low, x, u.a(), null));
      add(new Op.Linear(high, low, u.b(), null));
      boolean last = i == wanted.size() - 1 && !scaled;
      y = plus(last ? name : name + ".updated", y, scale(name + ".lora", high, u.scale()));
    }
    Weight magnitude = wanted.getFirst().magnitude();
    return magnitude == null
        ? y
        : add(new Op.ScaleColumns(value(name, x.rows(), out), y, magnitude, bias));
  }

  /** A product for each head, with weight {name}.weight. (T, heads·out) */
  public Value headLinear(String name, Value x, int heads, int out) {
    Weight w = weight(name + ".weight", heads * out, x.cols() / heads);
    return add(new Op.HeadLinear(value(name, x.rows(), heads * out), x, w, heads));
  }

  /** Turns each head of {@code headSize} columns by its position. */
  public Value rope(String name, Value x, Rotation rotation, int headSize) {
    if (x.cols() % headSize != 0 || rotation.from() + rotation.size() > headSize) {
      throw new IllegalArgumentException(path(name) + ": heads of " + headSize + ", " + rotation);
    }
    return add(new Op.Rope(value(name, x.rows(), x.cols()), x, rotation, headSize));
  }

  /** Attention over the sequences' state. (T, H·hv) */
  public Value attend(String name, Value q, Value k, Value v, Heads heads, Mask mask) {
    return attend(name, q, k, v, heads, mask, Scores.PLAIN, null, null);
  }

  /**
   * Likewise, with everything that {@link Op.Attend} can do.
   *
   * @param v null where values are part of the keys
   */
  public Value attend(
      String name,
      Value q,
      Value k,
      @Nullable Value v,
      Heads heads,
      Mask mask,
      Scores scores,
      @Nullable Weight table,
      @Nullable Weight sinks) {
    boolean values =
        v == null ? heads.valueSize() <= heads.size() : v.cols() == heads.kv() * heads.valueSize();
    if (q.cols() != heads.query() * heads.size()
        || k.cols() != heads.kv() * heads.size()
        || !values) {
      throw new IllegalArgumentException(path(name) + ": " + q + k + v + heads);
    }
    Value out = value(name, q.rows(), heads.query() * heads.valueSize());
    return add(new Op.Attend(out, q, k, v, heads, mask, scores, table, sinks, states++));
  }

  /**
   * Keeps keys and values for others to attend to; the state's number is the next one.
   *
   * @param heads K, which k and v are columns of
   */
  public Value keep(String name, Value k, Value v, int heads) {
    if (k.cols() % heads != 0 || v.cols() % heads != 0) {
      throw new IllegalArgumentException(path(name) + ": " + k + v + " of " + heads + " heads");
    }
    return add(new Op.Keep(value(name, k.rows(), k.cols()), k, v, heads, states++));
  }

  /**
   * Attention to the source. (T, H·hv)
   *
   * @param state that {@link #keep} wrote
   */
  public Value attendSource(String name, Value q, Heads heads, int state) {
    Value out = value(name, q.rows(), heads.query() * heads.valueSize());
    return add(new Op.AttendSource(out, q, heads, state));
  }

  public Value glu(String name, Value gate, Value up, Activation activation) {
    return add(new Op.Glu(value(name, up.rows(), same(gate, up)), gate, up, activation));
  }

  public Value activate(String name, Value x, Activation activation) {
    return add(new Op.Activate(value(name, x.rows(), x.cols()), x, activation));
  }

  public Value plus(String name, Value a, Value b) {
    return add(new Op.Add(value(name, a.rows(), same(a, b)), a, b));
  }

  public Value scale(String name, Value x, float by) {
    return add(new Op.Scale(value(name, x.rows(), x.cols()), x, by));
  }

  public Value softCap(String name, Value x, float cap) {
    return add(new Op.SoftCap(value(name, x.rows(), x.cols()), x, cap));
  }

  public Value clamp(String name, Value x, float limit) {
    return add(new Op.Clamp(value(name, x.rows(), x.cols()), x, limit));
  }

  /** Each row times the sigmoid of its one gate. */
  public Value gateRows(String name, Value x, Value gate) {
    if (gate.cols() != 1 || gate.rows() != x.rows()) {
      throw new IllegalArgumentException(path(name) + ": " + gate);
    }
    return add(new Op.GateRows(value(name, x.rows(), x.cols()), x, gate));
  }

  /** Columns [from, from + width) of x. */
  public Value slice(String name, Value x, int from, int width) {
    return slice(name, x, 1, from, width);
  }

  /** Columns [from, from + width) of each head. */
  public Value slice(String name, Value x, int heads, int from, int width) {
    if (x.cols() % heads != 0 || from < 0 || from + width > x.cols() / heads) {
      throw new IllegalArgumentException(path(name) + ": " + x + ", " + from + " + " + width);
    }
    return add(new Op.Slice(value(name, x.rows(), heads * width), x, heads, from, width));
  }

  /** Each head of a with that of b beside it; b may have one head for all. */
  public Value join(String name, Value a, Value b, int heads, int bHeads) {
    int cols = a.cols() + b.cols() / bHeads * heads;
    return add(new Op.Join(value(name, a.rows(), cols), a, b, heads));
  }

  /**
   * Experts of each row. (T, 2k)
   *
   * @param biased whether {name}.bias takes part in the choice
   */
  public Value route(String name, Value scores, boolean biased, Routing routing) {
    Weight bias = biased ? Weight.vector(path(name + ".bias"), routing.experts()) : null;
    Value out = value(name, scores.rows(), 2 * routing.active());
    return add(new Op.Route(out, scores, bias, routing));
  }

  /** Hidden layers of each row's experts, with weights ffn_gate_exps and ffn_up_exps. (T, k·F) */
  public Value expertsUp(
      String name, Value x, Value routes, int experts, int hidden, boolean biased, Gating gating) {
    Value out = value(name, x.rows(), routes.cols() / 2 * hidden);
    return add(
        new Op.ExpertsUp(
            out,
            x,
            routes,
            weight("ffn_gate_exps.weight", experts * hidden, x.cols()),
            weight("ffn_up_exps.weight", experts * hidden, x.cols()),
            biased ? weight("ffn_gate_exps.bias", experts, hidden) : null,
            biased ? weight("ffn_up_exps.bias", experts, hidden) : null,
            gating));
  }

  /** The weighted sum of each row's experts, with weight ffn_down_exps. (T, width) */
  public Value expertsDown(
      String name, Value hidden, Value routes, int experts, int width, boolean biased) {
    int size = hidden.cols() / (routes.cols() / 2);
    return add(
        new Op.ExpertsDown(
            value(name, hidden.rows(), width),
            hidden,
            routes,
            weight("ffn_down_exps.weight", experts * width, size),
            biased ? weight("ffn_down_exps.bias", experts, width) : null));
  }

  /** A convolution of {@code size} rows of each column, with weight and, if wanted, bias. */
  public Value causalConv(String name, Value x, int size, boolean bias) {
    Weight w = weight(name + ".weight", x.cols(), size);
    Weight b = bias ? Weight.vector(path(name + ".bias"), x.cols()) : null;
    return add(new Op.CausalConv(value(name, x.rows(), x.cols()), x, w, b, states++));
  }

  /**
   * The selective state space, with weights ssm_a and ssm_d. (T, H·p)
   *
   * @param dtBias whether ssm_dt.bias is added to dt
   */
  public Value selectiveScan(
      String name, Value x, Value dt, Value b, Value c, StateSpace space, boolean dtBias) {
    Weight a = weight("ssm_a", space.heads(), space.decays());
    Weight d = Weight.vector(path("ssm_d"), space.heads());
    Weight bias = dtBias ? Weight.vector(path("ssm_dt.bias"), space.heads()) : null;
    Value out = value(name, x.rows(), x.cols());
    return add(new Op.SelectiveScan(out, x, dt, b, c, a, d, bias, space, states++));
  }

  /** Keeps the rows whose results are wanted. (R, cols) */
  public Value selectRows(String name, Value x) {
    return add(new Op.SelectRows(value(name, Value.Rows.OUTPUTS, x.cols()), x));
  }

  private Value add(Op op) {
    ops.add(op);
    return op.out();
  }

  private Value value(String name, Value.Rows rows, int cols) {
    return new Value(values++, path(name), rows, cols);
  }

  private static int same(Value a, Value b) {
    if (a.cols() != b.cols() || a.rows() != b.rows()) {
      throw new IllegalArgumentException(a + " and " + b + " differ in shape");
    }
    return a.cols();
  }

  private String path(String name) {
    return scopes.isEmpty() ? name : String.join(".", scopes) + "." + name;
  }
}
