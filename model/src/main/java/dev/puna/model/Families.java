package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.model.family.Llama;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The list of families. */
public final class Families {
  private Families() {}

  private static final List<Family> ALL = List.of(new Llama());

  public static List<Family> all() {
    return ALL;
  }

  /**
   * The family that a configuration names in {@code architectures} or {@code model_type}.
   *
   * @throws PunaException if there is none of that name
   */
  public static Family of(Config config) {
    List<String> named = new ArrayList<>();
    if (config.list("architectures") instanceof List<?> list) {
      list.forEach(name -> named.add(String.valueOf(name)));
    }
    if (config.text("model_type", null) instanceof String type) {
      named.add(type);
    }
    Optional<Family> family =
        named.stream().flatMap(n -> ALL.stream().filter(f -> f.names().contains(n))).findFirst();
    return family.orElseThrow(() -> unknown(config, named));
  }

  private static PunaException unknown(Config config, List<String> named) {
    String known = ALL.stream().map(Family::name).collect(Collectors.joining(", "));
    return named.isEmpty()
        ? new PunaException(
            config.where() + " names no architecture",
            "it should have \"model_type\" or \"architectures\", one of: " + known)
        : new PunaException(
            config.where() + ": unknown architecture " + String.join(", ", named),
            "the families known here are: " + known);
  }
}
