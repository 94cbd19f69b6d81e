package dev.puna.program;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A straight line of ops: each value is written once, before it is read. There are no branches and
 * no data types; whatever is fast or clever is a function of a program.
 *
 * @param results the values that a caller may read after a run, such as "logits"
 */
public record Program(List<Op> ops, List<Value> results) {
  public Program {
    ops = List.copyOf(ops);
    results = List.copyOf(results);
  }

  /** What the checkpoint must hold, in order of first use. */
  public List<Weight> weights() {
    Set<Weight> all = new LinkedHashSet<>();
    for (Op op : ops) {
      all.addAll(op.weights());
    }
    return List.copyOf(all);
  }

  /** Number of parameters; a tied weight counts once. */
  public long parameters() {
    return weights().stream().mapToLong(Weight::elements).sum();
  }

  /** What each op keeps of a sequence, by the ops' {@code state}. */
  public SortedMap<Integer, StateSpec> kept() {
    SortedMap<Integer, StateSpec> kept = new TreeMap<>();
    ops.forEach(op -> op.keeps().ifPresent(k -> kept.put(k.state(), k.spec())));
    return kept;
  }

  /** All that is kept of a sequence; the index is the ops' {@code state}. */
  public List<StateSpec> states() {
    return states(List.of(this));
  }

  /** All that programs keep which run on the same state, an encoder and its decoder. */
  public static List<StateSpec> states(List<Program> programs) {
    SortedMap<Integer, StateSpec> all = new TreeMap<>();
    programs.forEach(p -> all.putAll(p.kept()));
    if (!all.isEmpty() && all.lastKey() != all.size() - 1) {
      throw new IllegalStateException("states are missing among " + all.keySet());
    }
    return List.copyOf(all.values());
  }

  /** The distinct rotations, whose tables a backend makes once for a step. */
  public List<Rotation> rotations() {
    return ops.stream()
        .filter(Op.Rope.class::isInstance)
        .map(op -> ((Op.Rope) op).rotation())
        .distinct()
        .toList();
  }

  /** The scaling of rotary tables that depends on a sequence's length, if one does. */
  public RopeScaling rotaryScaling() {
    return rotations().stream()
        .map(Rotation::scaling)
        .filter(RopeScaling::dependsOnLength)
        .findFirst()
        .orElse(new RopeScaling.None());
  }

  /** Whether attention looks ahead within a prefix, so that it must be read in one step. */
  public boolean looksAhead() {
    return ops.stream()
        .anyMatch(op -> op instanceof Op.Attend a && a.mask() instanceof Mask.Prefix);
  }

  /** How many adapters sequences may choose from. */
  public int adapters() {
    return ops.stream()
        .mapToInt(op -> op instanceof Op.Shrink s ? s.updates().byAdapter().size() : 0)
        .max()
        .orElse(0);
  }

  /** Whether sequences keep something as a whole, beside what they keep of each token. */
  public boolean keepsWhole() {
    return kept().values().stream().anyMatch(StateSpec.PerSequence.class::isInstance);
  }

  /**
   * The value of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Value value(String name) {
    return ops.stream()
        .map(Op::out)
        .filter(v -> v.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no value " + name));
  }

  /** The part that ends with a value, which is its result. */
  public Program until(Value value) {
    return new Program(ops.subList(0, index(value) + 1), List.of(value));
  }

  /**
   * The part that comes after a value, which is given: {@link Op.Given}.
   *
   * @throws IllegalArgumentException if that part reads other values that come before it
   */
  public Program after(Value value) {
    List<Op> rest = new ArrayList<>(List.of(new Op.Given(value)));
    rest.addAll(ops.subList(index(value) + 1, ops.size()));
    Set<Value> known = new HashSet<>();
    for (Op op : rest) {
      if (!known.containsAll(op.in())) {
        throw new IllegalArgumentException(
            op.out().name() + " reads more than " + value.name() + " and what comes after it");
      }
      known.add(op.out());
    }
    return new Program(rest, results);
  }

  private int index(Value value) {
    for (int i = 0; i < ops.size(); i++) {
      if (ops.get(i).out().equals(value)) {
        return i;
      }
    }
    throw new IllegalArgumentException("no value " + value);
  }

  /** The result of that name. */
  public Value result(String name) {
    for (int i = 0; i < results.size(); i++) { // asked for in every step: nothing is allocated
      if (results.get(i).name().equals(name)) {
        return results.get(i);
      }
    }
    throw new IllegalArgumentException("no result " + name);
  }
}
