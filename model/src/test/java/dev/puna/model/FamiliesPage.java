package dev.puna.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes docs/families.md: each family with its parts, as its presets have them. */
final class FamiliesPage {
  private static final Path SOURCES = Path.of("model/src/main/java/dev/puna/model/family");

  private final Path root;
  private final Map<Family, List<Description>> presets = new LinkedHashMap<>();

  private FamiliesPage(Path root) {
    this.root = root;
    Families.all().forEach(family -> presets.put(family, new ArrayList<>()));
    for (String name : Presets.names()) {
      Family family = Families.of(Presets.config(name));
      presets.getOrDefault(family, new ArrayList<>()).add(Description.preset(name));
    }
  }

  /**
   * @param root of the repository
   */
  static String of(Path root) {
    return new FamiliesPage(root).markdown();
  }

  /** The folder above all modules; the tests run in one of them. */
  static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("docs/architecture.md"))) {
        return at;
      }
    }
    throw new IllegalStateException("no folder above holds docs/architecture.md");
  }

  private String markdown() {
    int lines = presets.keySet().stream().mapToInt(this::lines).sum();
    return """
    # Families

    Made from the code by `FamiliesPageTest`; do not edit. To make it anew:
    `mvn -pl model -am test -Dtest=FamiliesPageTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dpuna.write=true`.

    A family is one file in `dev.puna.model.family` that turns a configuration into a `Spec` and says
    what checkpoints call the weights. There are %d, in %,d lines. Parts are those of the family's
    presets (`puna plan --help` lists them, `puna inspect NAME` describes one); where presets differ,
    all are named.

    ## Parts

    %s
    ## Files

    %s\
    """
        .formatted(presets.size(), lines, parts(), files());
  }

  private String parts() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "family",
            "normalization",
            "residual",
            "positions",
            "attention",
            "mask",
            "activation",
            "experts, state space",
            "particular"));
    presets.forEach(
        (family, models) ->
            rows.add(
                List.of(
                    family.name(),
                    union(models, FamiliesPage::norms),
                    union(models, d -> LayerFact.RESIDUAL.values(d.stack())),
                    union(models, FamiliesPage::positions),
                    union(models, d -> AttentionFacts.mixers(d.stack())),
                    union(models, FamiliesPage::masks),
                    union(models, d -> LayerFact.ACTIVATION.values(d.stack())),
                    union(models, FamiliesPage::mixtures),
                    union(models, FamiliesPage::particulars))));
    return table(rows);
  }

  private String files() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("family", "file", "lines", "announced as", "in GGUF", "presets"));
    presets.forEach(
        (family, models) ->
            rows.add(
                List.of(
                    family.name(),
                    "`" + family.getClass().getSimpleName() + ".java`",
                    String.valueOf(lines(family)),
                    code(new TreeSet<>(family.names())),
                    gguf(family),
                    String.join(", ", models.stream().map(Description::name).toList()))));
    return table(rows);
  }

  private static String gguf(Family family) {
    String architecture = family.ggufArchitecture();
    return architecture == null ? "none" : "`" + architecture + "`";
  }

  // ---- parts of a model ----

  private static Collection<?> norms(Description d) {
    return d.stack().layers().stream()
        .map(l -> NormFacts.names(d.stack(), l) + ", " + NormFacts.place(d.stack(), l))
        .toList();
  }

  /** Without how far a scaling reaches, which is a model's own. */
  private static Collection<?> positions(Description d) {
    return PositionFacts.briefs(d.stack()).stream()
        .map(brief -> brief.replaceFirst("\\d+ of \\d+ columns", "of a part"))
        .toList();
  }

  private static Collection<?> masks(Description d) {
    return LayerFact.MASK.values(d.stack());
  }

  private static Collection<?> mixtures(Description d) {
    Set<String> words = new LinkedHashSet<>();
    for (Spec.Layer layer : d.stack().layers()) {
      if (layer.ffn() instanceof Spec.Experts e) {
        words.add(
            "experts "
                + FeedForwardFacts.routing(e.routing())
                    .replaceFirst(", from the best.*? groups", ", within groups")
                    .replaceFirst(", times [\\d.]+", ", scaled"));
        if (e.shared() != null) {
          words.add("a shared expert");
        }
      }
      if (StateSpaceFacts.isStateSpace(layer)) {
        words.add(layer.mixer() instanceof Spec.Mamba ? "Mamba" : "Mamba 2");
      }
    }
    return words;
  }

  private static Collection<?> particulars(Description d) {
    Set<String> words = new LinkedHashSet<>();
    Spec spec = d.spec();
    if (spec.source() != null) {
      words.add("encoder and decoder");
    }
    if (!(spec.reading() instanceof Reading.LeftToRight)) {
      words.add(
          "reads " + (spec.reading() instanceof Reading.AtOnce ? "at once" : "to fill a blank"));
    }
    if (spec.embedding().scale() != 1) {
      words.add("scaled embedding");
    }
    for (Spec.Layer layer : d.stack().layers()) {
      if (AttentionFacts.qkNorm(d.stack(), layer) != null) {
        words.add("q/k norm");
      }
      List<String> scores = AttentionFacts.scores(d.stack(), layer);
      for (String score : scores == null ? List.<String>of() : scores) {
        words.add(
            score
                .replaceFirst(":.*", "")
                .replaceFirst("scaled by.*", "scores scaled otherwise")
                .replaceFirst(" beyond .*", "")
                .replaceFirst("soft cap.*", "soft-capped scores")
                .replaceFirst("queries, keys and values clamped.*", "clamped q, k, v"));
      }
    }
    if (spec.head() instanceof Spec.Logits head) {
      if (head.unit()) {
        words.add("NormHead");
      }
      if (head.cap() != 0) {
        words.add("soft-capped logits");
      }
      if (head.scale() != 1) {
        words.add("scaled logits");
      }
      words.add(head.tied() ? "tied" : "own head");
    }
    return words;
  }

  // ---- laying out ----

  private static String union(List<Description> models, Function<Description, Collection<?>> part) {
    return models.stream()
        .flatMap(d -> part.apply(d).stream())
        .map(String::valueOf)
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static String code(Collection<String> names) {
    return names.stream().map(name -> "`" + name + "`").collect(Collectors.joining(" "));
  }

  int lines(Family family) {
    return lines(root, family);
  }

  /** Lines of a family's file. */
  static int lines(Path root, Family family) {
    Path file = root.resolve(SOURCES).resolve(family.getClass().getSimpleName() + ".java");
    try {
      return Files.readAllLines(file).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String table(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
      if (i == 0) {
        text.append("|").repeat(" --- |", rows.getFirst().size()).append("\n");
      }
    }
    return text.toString();
  }
}
