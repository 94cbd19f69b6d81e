package dev.puna.model;

import dev.puna.program.Program;
import dev.puna.program.Updates;
import dev.puna.program.Weight;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The programs of a model: its own, and that of an encoder whose text it attends to. */
record Programs(Program own, @Nullable Program source) {
  /**
   * @param updates what is computed beside the linear op of a weight
   */
  static Programs record(Family family, Spec spec, Function<Weight, Updates> updates) {
    Spec.Encoder source = spec.source();
    return new Programs(
        family.record(spec, updates),
        source == null ? null : Decoder.recordSource(spec, source, updates));
  }

  /** In the order in which they run. */
  List<Program> all() {
    return source == null ? List.of(own) : List.of(source, own);
  }

  /** What all of them read, in order of first use. */
  List<Weight> weights() {
    Set<Weight> weights = new LinkedHashSet<>();
    all().forEach(p -> weights.addAll(p.weights()));
    return List.copyOf(weights);
  }
}
