package dev.puna.program;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary of programs: every step that a language model takes, at the grain at which a
 * person draws it.
 *
 * <p>Activations are row-major matrices [rows, cols]; a row is one token of the step (a ragged
 * batch: no padding, no batch axis). Weights are [out, in]. There are no views, strides or
 * broadcasts, so that an op is fully described by its record.
 *
 * <p>Letters, here and everywhere: T tokens of the step, R rows whose results are wanted, D width
 * of the model, F width of the feed-forward layer, H query heads, K key and value heads, h columns
 * of a head, V vocabulary.
 */
public sealed interface Op {
  /** out[t] = table[i(t)], i being the row's token, place or segment — table (V, D), out (T, D). */
  record Embed(Value out, Weight table, By by) implements Op {}

  /** Which fact of a row looks up an embedding. */
  enum By {
    TOKEN,
    /** Where the row stands, {@link Step#place}. */
    PLACE,
    /** Which of a pair of texts the row belongs to, {@link Step#second}. */
    SEGMENT
  }

  /**
   * Rows that the caller gives, {@link Executable#give} — out (T, any): what a part of a program
   * begins with.
   */
  record Given(Value out) implements Op {}

  /**
   * The fixed position embedding of the original Transformer (Vaswani et al. 2017): for the place p
   * and f(i) = 10000^(-2i/D), sin(p·f(i)) in column i and cos(p·f(i)) in column i + D/2 — out (T,
   * D).
   */
  record Sinusoid(Value out) implements Op {}

  /**
   * Normalizes each group of {@code width} columns by itself: whole rows (width = D) or heads
   * (width = h). gain and bias have (width) columns, the same for every group, or as many as x.
   */
  record Norm(
      Value out,
      Value x,
      Normalization kind,
      int width,
      @Nullable Weight gain,
      @Nullable Weight bias)
      implements Op {}

  /** out = x Wᵀ + b — x (T, in), W (out, in), b (out). */
  record Linear(Value out, Value x, Weight weight, @Nullable Weight bias) implements Op {}

  /**
   * The inner products of the adapters that rows chose, the first half of a low-rank update: out[t]
   * = s_i · x[t] A_iᵀ for i the adapter of t, then zeros; zeros where there is none (Chen et al.
   * 2023: Punica, whose names these are) — x (T, in), A_i (r_i, in), out (T, columns for the
   * largest r_i).
   */
  record Shrink(Value out, Value x, Updates.Chosen updates) implements Op {
    @Override
    public List<Weight> weights() {
      return updates.all().stream().map(LowRank::a).toList();
    }
  }

  /**
   * The outer products, added: out[t] = (y[t] + low[t] B_iᵀ) ⊙ m_i + b for i the adapter of t, m_i
   * being 1 without magnitudes; out[t] = y[t] + b where there is none — y (T, out), low as {@link
   * Shrink} left it, B_i (out, r_i), m_i and b (out).
   *
   * @param bias null unless it has to wait for magnitudes
   */
  record Expand(Value out, Value y, Value low, Updates.Chosen updates, @Nullable Weight bias)
      implements Op {
    @Override
    public List<Weight> weights() {
      Stream<Weight> all =
          updates.all().stream()
              .flatMap(u -> Stream.concat(Stream.of(u.b()), Stream.ofNullable(u.magnitude())));
      return Stream.concat(all, Stream.ofNullable(bias)).toList();
    }
  }

  /**
   * As many products as there are heads: out_h = x_h W_hᵀ — x (T, H·in), W the heads' (out, in) one
   * below the other, out (T, H·out).
   */
  record HeadLinear(Value out, Value x, Weight weight, int heads) implements Op {}

  /**
   * Turns columns of each head by its token's place: for a pair (a, b) and the angle θ = place·f,
   * (a, b) becomes (a·cos θ - b·sin θ, b·cos θ + a·sin θ) — x, out (T, heads·h).
   */
  record Rope(Value out, Value x, Rotation rotation, int headSize) implements Op {}

  /**
   * Writes k and v to the sequences' state, then lets each token attend to its sequence:
   *
   * <p>out[t, i] = Σⱼ softmaxⱼ(score(q[t, i]·k[j, g])) v[j, g], j over the positions that the mask
   * lets t see, g = i / (H/K) — q (T, H·h), k (T, K·h), v (T, K·hv), out (T, H·hv).
   *
   * @param v null where a value is the leading hv columns of its key (latent attention)
   * @param scores what becomes of q·k before the softmax
   * @param table what the scores' bias reads: (buckets, H) of relative positions, or null
   * @param sinks one further score for each head, which takes its part of the softmax and adds
   *     nothing: (H), or null
   * @param state number of the layer's state
   */
  record Attend(
      Value out,
      Value q,
      Value k,
      @Nullable Value v,
      Heads heads,
      Mask mask,
      Scores scores,
      @Nullable Weight table,
      @Nullable Weight sinks,
      int state)
      implements Op {}

  /**
   * Writes k and v to the state of the sequence that is being read, for others; out = k.
   *
   * @param heads K, of which k and v have the columns
   */
  record Keep(Value out, Value k, Value v, int heads, int state) implements Op {}

  /**
   * Attends to all positions of the source that the sequence belongs to, whose keys and values
   * {@link Keep} wrote — q (T, H·h), out (T, H·hv).
   */
  record AttendSource(Value out, Value q, Heads heads, int state) implements Op {}

  /** out = act(gate) ⊙ up (Shazeer 2020) — all (T, F). */
  record Glu(Value out, Value gate, Value up, Activation activation) implements Op {}

  /** out = act(x). */
  record Activate(Value out, Value x, Activation activation) implements Op {}

  /** out = a + b. */
  record Add(Value out, Value a, Value b) implements Op {}

  /** out = by · x. */
  record Scale(Value out, Value x, float by) implements Op {}

  /** out[t, c] = gain[c] · x[t, c] + bias[c] — x (T, D), gain and bias (D). */
  record ScaleColumns(Value out, Value x, Weight gain, @Nullable Weight bias) implements Op {}

  /** out = cap · tanh(x / cap). */
  record SoftCap(Value out, Value x, float cap) implements Op {}

  /** out = min(max(x, -limit), limit). */
  record Clamp(Value out, Value x, float limit) implements Op {}

  /** out[t] = σ(gate[t]) · x[t] — x (T, D), gate (T, 1). */
  record GateRows(Value out, Value x, Value gate) implements Op {}

  /**
   * Columns [from, from + width) of each of {@code heads} groups — x (T, heads·n), out (T,
   * heads·width).
   */
  record Slice(Value out, Value x, int heads, int from, int width) implements Op {}

  /** The heads of a and b side by side: out_h = [a_h | b_h]; one head of b may serve all of a. */
  record Join(Value out, Value a, Value b, int heads) implements Op {}

  /**
   * The experts of each row and their weights: out[t] = [e₁ … e_k | w₁ … w_k] — scores (T, E), out
   * (T, 2k).
   *
   * @param bias (E), added to what experts are chosen by but not to their weights; or null
   */
  record Route(Value out, Value scores, @Nullable Weight bias, Routing routing) implements Op {}

  /**
   * The hidden layers of each row's experts: out[t, i] = gating(gate_e x[t], up_e x[t]) for e = e_i
   * — x (T, D), gate and up the experts' (F, D) one below the other, their biases (E, F) likewise,
   * out (T, k·F).
   */
  record ExpertsUp(
      Value out,
      Value x,
      Value routes,
      Weight gate,
      Weight up,
      @Nullable Weight gateBias,
      @Nullable Weight upBias,
      Gating gating)
      implements Op {}

  /**
   * The weighted sum of each row's experts: out[t] = Σᵢ w_i (down_e hidden[t, i] + b_e) for e = e_i
   * — hidden (T, k·F), down the experts' (D, F) one below the other, bias (E, D), out (T, D).
   */
  record ExpertsDown(Value out, Value hidden, Value routes, Weight down, @Nullable Weight bias)
      implements Op {}

  /**
   * A short convolution of each column over its own past: out[t, c] = b[c] + Σᵢ w[c, n - 1 - i] ·
   * x[t - i, c], i below n — x, out (T, C), w (C, n), b (C). The state keeps the last n - 1 rows.
   */
  record CausalConv(Value out, Value x, Weight weight, @Nullable Weight bias, int state)
      implements Op {}

  /**
   * The selective state space (Gu and Dao 2023, Dao and Gu 2024), for head h, column i of it and
   * state s, with Δ = clamp(softplus(dt[t, h] + b_h)):
   *
   * <p>S[h, i, s] = exp(Δ·a[h, s]) S[h, i, s] + Δ·B[t, g, s]·x[t, h, i]; out[t, h, i] = Σₛ C[t, g,
   * s] S[h, i, s] + d[h]·x[t, h, i] — x, out (T, H·p), dt (T, H), B and C (T, G·N), a (H, N) or (H,
   * 1), d (H), b (H), g = h / (H/G). The state keeps S.
   */
  record SelectiveScan(
      Value out,
      Value x,
      Value dt,
      Value b,
      Value c,
      Weight a,
      Weight d,
      @Nullable Weight dtBias,
      StateSpace space,
      int state)
      implements Op {}

  /** Keeps the rows whose results are wanted — x (T, D), out (R, D). */
  record SelectRows(Value out, Value x) implements Op {}

  // ---- what an op reads and writes, by its record components ----

  /** The value that this op writes. */
  Value out();

  /** The values that this op reads. */
  default List<Value> in() {
    List<Value> values = OpComponents.VALUES.of(this);
    return values.subList(1, values.size());
  }

  /** The weights that this op reads. */
  default List<Weight> weights() {
    return OpComponents.WEIGHTS.of(this);
  }

  /**
   * What an op keeps of sequences between steps.
   *
   * @param state its number
   */
  record Kept(int state, StateSpec spec) {}

  /** What this op keeps; empty if it has no state. */
  default Optional<Kept> keeps() {
    return switch (this) {
      case Attend a -> {
        Heads h = a.heads();
        int valueSize = a.v() == null ? 0 : h.valueSize();
        yield Optional.of(new Kept(a.state(), new StateSpec.PerToken(h.kv(), h.size(), valueSize)));
      }
      case Keep k -> {
        int size = k.k().cols() / k.heads();
        int valueSize = k.v().cols() / k.heads();
        yield Optional.of(new Kept(k.state(), new StateSpec.PerToken(k.heads(), size, valueSize)));
      }
      case AttendSource a -> {
        Heads h = a.heads();
        yield Optional.of(
            new Kept(a.state(), new StateSpec.PerToken(h.kv(), h.size(), h.valueSize())));
      }
      case CausalConv c -> {
        int tail = (c.weight().cols() - 1) * c.out().cols();
        yield Optional.of(new Kept(c.state(), new StateSpec.PerSequence(tail)));
      }
      case SelectiveScan s -> {
        int floats = s.space().columns() * s.space().states();
        yield Optional.of(new Kept(s.state(), new StateSpec.PerSequence(floats)));
      }
      default -> Optional.empty();
    };
  }

  /** This op over other values: what rewrites are made of. */
  default Op map(UnaryOperator<Value> to) {
    RecordComponent[] components = getClass().getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Object[] arguments = new Object[components.length];
      for (int i = 0; i < arguments.length; i++) {
        Object argument = components[i].getAccessor().invoke(this);
        arguments[i] = argument instanceof Value v ? to.apply(v) : argument;
      }
      Constructor<? extends Op> constructor = getClass().getDeclaredConstructor(types);
      return constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
