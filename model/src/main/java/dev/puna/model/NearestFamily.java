package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.tensor.Nearest;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which known family an unknown architecture is most like: by its name, and by how many of its
 * options a family would leave unread.
 */
final class NearestFamily {
  private static final int MOST_OPTIONS = 5;

  /** Letters that two names must begin with to be called alike. */
  private static final int ALIKE = 3;

  private final Config config;
  private final List<String> named;
  private final List<Family> families;

  /**
   * @param named what the configuration calls the architecture
   */
  NearestFamily(Config config, List<String> named, List<Family> families) {
    // a quantized checkpoint of an unknown architecture is unknown in the first place
    this.config = config.without("quantization_config");
    this.named = named;
    this.families = families;
  }

  /**
   * A family and what it makes of the configuration.
   *
   * @param foreign options that may change the results, and that it does not read
   */
  private record Reading(Family family, List<String> foreign) {}

  PunaException unknown() {
    return new PunaException(
        "%s: architecture %s is not known".formatted(config.where(), String.join(", ", named)),
        mend());
  }

  private String mend() {
    Optional<Family> byName = byName();
    List<Reading> readings = new ArrayList<>();
    for (Family family : families) {
      read(family).ifPresent(readings::add);
    }
    Optional<Reading> best =
        readings.stream()
            .min(
                Comparator.<Reading>comparingInt(r -> r.foreign().size())
                    .thenComparing(r -> !Optional.of(r.family()).equals(byName)));
    String name = byName.map(f -> "by its name it is nearest to " + f.name()).orElse("");
    if (best.isEmpty()) {
      return name.isEmpty()
          ? "no known family has its options; known are: " + known()
          : name + ", which cannot read its options";
    }
    Reading reading = best.get();
    String missing =
        reading.foreign().isEmpty()
            ? "which knows all its options: set \"model_type\" to \"%s\" if its code is the same"
                .formatted(reading.family().name())
            : "what is missing there is " + shown(reading.foreign());
    boolean same = byName.map(f -> f == reading.family()).orElse(false);
    return name.isEmpty() || same
        ? "the nearest known family is %s; %s".formatted(reading.family().name(), missing)
        : "%s, by its options to %s; %s".formatted(name, reading.family().name(), missing);
  }

  private static String shown(List<String> options) {
    String first = String.join(", ", options.subList(0, Math.min(MOST_OPTIONS, options.size())));
    int more = options.size() - MOST_OPTIONS;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private String known() {
    return String.join(", ", families.stream().map(Family::name).toList());
  }

  /** Empty if the family lacks an option that it needs, or finds one impossible. */
  private Optional<Reading> read(Family family) {
    Config fresh = config.without("quantization_config"); // nothing of it has been looked at
    try {
      if (!family.accepts(fresh)) {
        return Optional.empty();
      }
      boolean gguf = GgufConfig.isGguf(fresh);
      Spec spec = family.spec(new FamilyConfig(fresh, gguf ? Layout.GGUF : Layout.HUGGING_FACE));
      List<String> foreign =
          gguf
              ? List.copyOf(GgufConfig.unread(fresh).sequencedKeySet())
              : UnreadOptions.of(fresh, spec);
      return Optional.of(new Reading(family, foreign));
    } catch (PunaException e) {
      return Optional.empty();
    }
  }

  /** The family whose name begins like the architecture's, if one does. */
  private Optional<Family> byName() {
    List<String> names = families.stream().flatMap(f -> f.names().stream()).sorted().toList();
    String wanted = plain(named.getLast());
    return Nearest.names(wanted, names.stream().map(NearestFamily::plain).toList(), names.size())
        .stream()
        .filter(name -> common(name, wanted) >= ALIKE)
        .max(Comparator.comparingInt(name -> common(name, wanted)))
        .flatMap(
            name ->
                families.stream()
                    .filter(f -> f.names().stream().anyMatch(n -> plain(n).equals(name)))
                    .findFirst());
  }

  private static String plain(String name) {
    return name.replaceFirst("(For|LMHead|Model).*", "")
        .replaceAll("[-_]", "")
        .toLowerCase(Locale.ROOT);
  }

  private static int common(String a, String b) {
    int i = 0;
    while (i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    return i;
  }
}
