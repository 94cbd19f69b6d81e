package dev.puna.model;

import dev.puna.program.StateSpace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state spaces of layers that have them in place of attention. */
final class StateSpaceFacts {
  private StateSpaceFacts() {}

  static boolean isStateSpace(Spec.Layer layer) {
    return layer.mixer() instanceof Spec.Mamba || layer.mixer() instanceof Spec.Mamba2;
  }

  static @Nullable Map<String, Object> value(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Mamba m -> {
        Map<String, Object> value = sizes("Mamba", m.space(), m.convolution());
        value.put("step_rank", m.stepRank());
        yield value;
      }
      case Spec.Mamba2 m -> {
        Map<String, Object> value = sizes("Mamba 2", m.space(), m.convolution());
        value.put("heads", m.space().heads());
        value.put("head_size", m.space().size());
        value.put("groups", m.space().groups());
        yield value;
      }
      case Spec.Attention a -> null;
      case Spec.LatentAttention a -> null;
    };
  }

  private static Map<String, Object> sizes(String kind, StateSpace space, int convolution) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("kind", kind);
    value.put("columns", space.columns());
    value.put("states", space.states());
    value.put("convolution", convolution);
    return value;
  }

  static @Nullable String sentence(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Mamba m ->
          "Mamba: %d states for each of %s columns, steps by way of %d columns%s, behind a"
                  .formatted(
                      m.space().states(),
                      Quantity.exact(m.space().columns()),
                      m.stepRank(),
                      m.norm() == null
                          ? ""
                          : ", " + NormFacts.name(m.norm()) + " of steps, inputs and outputs")
              + " convolution over %d tokens".formatted(m.convolution());
      case Spec.Mamba2 m ->
          "Mamba 2: %d states for each column of %d heads of %d, a decay for each head, %s, behind"
                  .formatted(
                      m.space().states(),
                      m.space().heads(),
                      m.space().size(),
                      m.space().groups() == 1
                          ? "inputs and outputs shared by all"
                          : "inputs and outputs in %d groups".formatted(m.space().groups()))
              + " a convolution over %d tokens".formatted(m.convolution());
      case Spec.Attention a -> null;
      case Spec.LatentAttention a -> null;
    };
  }
}
