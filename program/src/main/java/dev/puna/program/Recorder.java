package dev.puna.program;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
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

  /** Token ids to rows of the table. (T, D) */
  public Value embed(String name, Weight table) {
    return add(new Op.Embed(value(name, Value.Rows.TOKENS, table.cols()), table));
  }

  /** Normalizes groups of {@code width} columns; weights {name}.weight and, if any, {name}.bias. */
  public Value norm(String name, Value x, Normalization kind, int width) {
    if (x.cols() % width != 0) {
      throw new IllegalArgumentException(path(name) + ": " + x.cols() + " / " + width);
    }
    boolean biased = kind instanceof Normalization.Layer layer && layer.bias();
    Weight gain = Weight.vector(path(name + ".weight"), width);
    Weight bias = biased ? Weight.vector(path(name + ".bias"), width) : null;
    return add(new Op.Norm(value(name, x.rows(), x.cols()), x, kind, width, gain, bias));
  }

  /** x Wᵀ + b with weights {name}.weight and, if wanted, {name}.bias. (T, out) */
  public Value linear(String name, Value x, int out, boolean bias) {
    return linear(name, x, weight(name + ".weight", out, x.cols()), bias);
  }

  /** x Wᵀ + b with a weight that has a name of its own, such as a tied embedding table. */
  public Value linear(String name, Value x, Weight weight, boolean bias) {
    if (weight.cols() != x.cols()) {
      throw new IllegalArgumentException(path(name) + ": " + x.cols() + " columns for " + weight);
    }
    @Nullable Weight b = bias ? Weight.vector(path(name + ".bias"), weight.rows()) : null;
    return add(new Op.Linear(value(name, x.rows(), weight.rows()), x, weight, b));
  }

  /** Turns each head of {@code headSize} columns by its position. */
  public Value rope(String name, Value x, Rotation rotation, int headSize) {
    if (x.cols() % headSize != 0 || rotation.size() > headSize) {
      throw new IllegalArgumentException(path(name) + ": heads of " + headSize + ", " + rotation);
    }
    return add(new Op.Rope(value(name, x.rows(), x.cols()), x, rotation, headSize));
  }

  /** Attention over the sequences' state. (T, H·hv) */
  public Value attend(String name, Value q, Value k, Value v, Heads heads, Mask mask) {
    if (q.cols() != heads.query() * heads.size()
        || k.cols() != heads.kv() * heads.size()
        || v.cols() != heads.kv() * heads.valueSize()) {
      throw new IllegalArgumentException(path(name) + ": " + q + k + v + heads);
    }
    Value out = value(name, q.rows(), heads.query() * heads.valueSize());
    return add(new Op.Attend(out, q, k, v, heads, mask, states++));
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
