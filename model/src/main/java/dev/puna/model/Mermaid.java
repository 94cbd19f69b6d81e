package dev.puna.model;

import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Layers of a program as a Mermaid flow chart: a node per op, an arrow per value it reads. */
public final class Mermaid {
  private Mermaid() {}

  /** A layer of each kind that a model has, one below the other. */
  public static String draw(Description model) {
    StringBuilder chart = new StringBuilder("flowchart TB\n");
    List<Program> programs = model.programs();
    List<Stack> stacks = model.stacks();
    for (int s = 0; s < stacks.size(); s++) {
      Stack stack = stacks.get(s);
      int all = stack.layers().size();
      var kinds = LayerNumbers.by(stack.layers(), layer -> layer);
      for (List<Integer> numbers : kinds.sequencedValues()) {
        String scope = stack.prefix() + "blk." + numbers.getFirst() + ".";
        boolean only = kinds.size() == 1 && stacks.size() == 1;
        String title =
            numbers.size() == all
                ? "all %d layers of the %s".formatted(all, stack.name())
                : "%s: %s".formatted(stack.name(), LayerNumbers.words(numbers, all));
        if (!only) {
          chart.append("  subgraph %s [\"%s\"]\n".formatted(id(scope), title));
        }
        ops(chart, programs.get(s), scope, id(stack.prefix()));
        if (!only) {
          chart.append("  end\n");
        }
      }
    }
    return chart.toString();
  }

  /** A name that the chart's grammar takes: values of two programs may have one number. */
  private static String id(String scope) {
    return scope.replace(".", "");
  }

  /**
   * @param layer from 0
   * @throws PunaException if the program has no such layer
   */
  public static String draw(Program program, int layer) {
    StringBuilder chart = new StringBuilder("flowchart TB\n");
    if (!ops(chart, program, "blk." + layer + ".", "")) {
      throw new PunaException("there is no layer " + layer, "layers are counted from 0");
    }
    return chart.toString();
  }

  private static boolean ops(StringBuilder chart, Program program, String scope, String id) {
    List<Op> ops = program.ops().stream().filter(op -> op.out().name().startsWith(scope)).toList();
    Set<Value> written = ops.stream().map(Op::out).collect(Collectors.toSet());
    Set<Value> entering = new LinkedHashSet<>();
    ops.forEach(op -> entering.addAll(op.in()));
    entering.removeAll(written);
    for (Value value : entering) {
      chart.append(
          "  %sv%d([\"%s\"])\n".formatted(id, value.id(), lines(value.name(), columns(value))));
    }
    for (Op op : ops) {
      chart.append("  %sv%d[\"%s\"]\n".formatted(id, op.out().id(), label(op, scope)));
      for (Value in : op.in()) {
        chart.append("  %1$sv%2$d --> %1$sv%3$d\n".formatted(id, in.id(), op.out().id()));
      }
      op.keeps()
          .ifPresent(
              kept ->
                  chart.append(
                      "  s%d[(\"%s\")] <-.-> %sv%d\n"
                          .formatted(kept.state(), name(kept), id, op.out().id())));
    }
    return !ops.isEmpty();
  }

  private static String name(Op.Kept kept) {
    return switch (kept.spec()) {
      case StateSpec.PerToken tokens -> "KV cache";
      case StateSpec.PerSequence whole -> "state";
    };
  }

  private static String label(Op op, String scope) {
    String weights =
        op.weights().stream().map(w -> shape(w, scope)).collect(Collectors.joining("<br/>"));
    String name = op.getClass().getSimpleName() + " · " + within(op.out().name(), scope);
    return weights.isEmpty()
        ? lines(name, columns(op.out()))
        : lines(name, weights, columns(op.out()));
  }

  private static String shape(Weight w, String scope) {
    String name = within(w.name(), scope);
    return w.rows() == 1
        ? "%s [%d]".formatted(name, w.cols())
        : "%s [%d, %d]".formatted(name, w.rows(), w.cols());
  }

  private static String within(String name, String scope) {
    return name.startsWith(scope) ? name.substring(scope.length()) : name;
  }

  private static String columns(Value value) {
    return value.cols() + " columns";
  }

  private static String lines(String... lines) {
    return String.join("<br/>", lines);
  }
}
