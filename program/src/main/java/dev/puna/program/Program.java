package dev.puna.program;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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

  /** What each layer keeps of a sequence; the index is the ops' {@code state}. */
  public List<StateSpec> states() {
    List<StateSpec> states = new ArrayList<>();
    for (Op op : ops) {
      if (op instanceof Op.Attend a) {
        if (a.state() != states.size()) {
          throw new IllegalStateException("state " + a.state() + " is out of order");
        }
        states.add(new StateSpec.PerToken(a.k().cols(), a.v().cols()));
      }
    }
    return states;
  }

  /** The distinct rotations, whose tables a backend makes once for a step. */
  public List<Rotation> rotations() {
    return ops.stream()
        .filter(Op.Rope.class::isInstance)
        .map(op -> ((Op.Rope) op).rotation())
        .distinct()
        .toList();
  }

  /** Whether rotary tables depend on the length of a sequence. */
  public boolean dependsOnLength() {
    return rotations().stream().anyMatch(r -> r.scaling().dependsOnLength());
  }

  /** The result of that name. */
  public Value result(String name) {
    return results.stream()
        .filter(v -> v.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no result " + name));
  }
}
