package dev.puna.model;

import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** One layer of a program as a Mermaid flow chart: a node per op, an arrow per value it reads. */
public final class Mermaid {
  private Mermaid() {}

  /**
   * @param layer from 0
   * @throws PunaException if the program has no such layer
   */
  public static String draw(Program program, int layer) {
    String scope = "blk." + layer + ".";
    List<Op> ops = program.ops().stream().filter(op -> op.out().name().startsWith(scope)).toList();
    if (ops.isEmpty()) {
      throw new PunaException("there is no layer " + layer, "layers are counted from 0");
    }
    Set<Value> written = ops.stream().map(Op::out).collect(Collectors.toSet());
    Set<Value> entering = new LinkedHashSet<>();
    ops.forEach(op -> entering.addAll(op.in()));
    entering.removeAll(written);

    StringBuilder chart = new StringBuilder("flowchart TB\n");
    for (Value value : entering) {
      chart.append("  v%d([\"%s\"])\n".formatted(value.id(), lines(value.name(), columns(value))));
    }
    for (Op op : ops) {
      chart.append("  v%d[\"%s\"]\n".formatted(op.out().id(), label(op, scope)));
      for (Value in : op.in()) {
        chart.append("  v%d --> v%d\n".formatted(in.id(), op.out().id()));
      }
      if (op instanceof Op.Attend attend) {
        chart.append(
            "  s%1$d[(\"KV cache\")] <-.-> v%2$d\n".formatted(attend.state(), op.out().id()));
      }
    }
    return chart.toString();
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
