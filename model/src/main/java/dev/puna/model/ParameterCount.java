package dev.puna.model;

import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Routing;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many parameters a model has.
 *
 * @param total of all its weights; a tied one counts once
 * @param active of those that a token meets: of a layer's experts, only as many as it is sent to
 */
public record ParameterCount(long total, long active) {

  /** Of a model's programs, an encoder's and its decoder's. */
  public static ParameterCount of(List<Program> programs) {
    Map<Weight, Double> met = new LinkedHashMap<>();
    for (Program program : programs) {
      Map<Integer, Routing> routings = new HashMap<>();
      for (Op op : program.ops()) {
        if (op instanceof Op.Route route) {
          routings.put(route.out().id(), route.routing());
        }
        double part = part(op, routings);
        op.weights().forEach(w -> met.put(w, part));
      }
    }
    double active = 0;
    long total = 0;
    for (Map.Entry<Weight, Double> w : met.entrySet()) {
      total += w.getKey().elements();
      active += w.getKey().elements() * w.getValue();
    }
    return new ParameterCount(total, Math.round(active));
  }

  private static double part(Op op, Map<Integer, Routing> routings) {
    return switch (op) {
      case Op.ExpertsUp up -> part(up.routes(), routings);
      case Op.ExpertsDown down -> part(down.routes(), routings);
      default -> 1;
    };
  }

  private static double part(Value routes, Map<Integer, Routing> routings) {
    Routing routing = routings.get(routes.id());
    return routing == null ? 1 : (double) routing.active() / routing.experts();
  }

  public boolean isSparse() {
    return active < total;
  }
}
