package dev.puna.program;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
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
  /** out[t] = table[token[t]] — table (V, D), out (T, D). */
  record Embed(Value out, Weight table) implements Op {}

  /**
   * Normalizes each group of {@code width} columns by itself: whole rows (width = D) or heads
   * (width = h). gain (width), bias (width).
   */
  record Norm(Value out, Value x, Normalization kind, int width, Weight gain, @Nullable Weight bias)
      implements Op {}

  /** out = x Wᵀ + b — x (T, in), W (out, in), b (out). */
  record Linear(Value out, Value x, Weight weight, @Nullable Weight bias) implements Op {}

  /**
   * Turns the leading columns of each head by its token's position: for a pair (a, b) and the angle
   * θ = position·f, (a, b) becomes (a·cos θ - b·sin θ, b·cos θ + a·sin θ) — x, out (T, heads·h).
   */
  record Rope(Value out, Value x, Rotation rotation, int headSize) implements Op {}

  /**
   * Writes k and v to the sequences' state, then lets each token attend to its sequence:
   *
   * <p>out[t, i] = Σⱼ softmaxⱼ(scale · q[t, i]·k[j, g]) v[j, g], j over the positions that the mask
   * lets t see, g = i / (H/K) — q (T, H·h), k (T, K·h), v (T, K·hv), out (T, H·hv).
   *
   * @param state number of the layer's state
   */
  record Attend(Value out, Value q, Value k, Value v, Heads heads, Mask mask, int state)
      implements Op {}

  /** out = act(gate) ⊙ up (Shazeer 2020) — all (T, F). */
  record Glu(Value out, Value gate, Value up, Activation activation) implements Op {}

  /** out = act(x). */
  record Activate(Value out, Value x, Activation activation) implements Op {}

  /** out = a + b. */
  record Add(Value out, Value a, Value b) implements Op {}

  /** Keeps the rows whose results are wanted — x (T, D), out (R, D). */
  record SelectRows(Value out, Value x) implements Op {}

  // ---- what an op reads and writes, by its record components ----

  /** The value that this op writes. */
  Value out();

  /** The values that this op reads. */
  default List<Value> in() {
    List<Value> values = components(Value.class);
    return values.subList(1, values.size());
  }

  /** The weights that this op reads. */
  default List<Weight> weights() {
    return components(Weight.class);
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

  private <C> List<C> components(Class<C> type) {
    List<C> found = new ArrayList<>();
    try {
      for (RecordComponent component : getClass().getRecordComponents()) {
        Object value = component.getAccessor().invoke(this);
        if (type.isInstance(value)) {
          found.add(type.cast(value));
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
    return found;
  }
}
