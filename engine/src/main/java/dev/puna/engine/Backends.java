package dev.puna.engine;

import dev.puna.program.Backend;
import dev.puna.tensor.PunaException;
import java.util.List;
import java.util.stream.Collectors;

/** Chooses what a model runs on. */
final class Backends {
  private Backends() {}

  /**
   * The backend of that name, or for "auto" the preferred one that works here.
   *
   * @throws PunaException if there is none, with each one's reason; never a silent slow one instead
   */
  static Backend choose(String device) {
    List<Backend> all = Backend.all();
    if (device.equals("auto")) {
      return all.stream()
          .filter(b -> b.rank() >= 0 && b.unusable().isEmpty())
          .findFirst()
          .orElseThrow(() -> new PunaException("no device can run a model here", reasons(all)));
    }
    Backend named = all.stream().filter(b -> b.name().equals(device)).findFirst().orElse(null);
    if (named == null) {
      String names = all.stream().map(Backend::name).collect(Collectors.joining(", "));
      throw new PunaException("there is no device " + device, "devices: auto, " + names);
    }
    named
        .unusable()
        .ifPresent(
            reason -> {
              throw new PunaException("device " + device + " cannot be used here", reason);
            });
    return named;
  }

  private static String reasons(List<Backend> all) {
    String reasons =
        all.stream()
            .filter(b -> b.rank() >= 0)
            .map(b -> b.name() + ": " + b.unusable().orElse(""))
            .collect(Collectors.joining("; "));
    return reasons.isEmpty() ? "put puna-cpu on the class path" : reasons;
  }
}
