package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a family's checkpoints call their weights: a table from their names to the canonical ones,
 * which are GGUF's, and how what is stored becomes what is read.
 *
 * @param rules all of those that know a stored name apply
 * @param prefixes that some checkpoints put before all names and others leave out
 * @param ignored regular expressions of stored names that hold nothing a program needs
 * @param canonical whether names that no rule knows are canonical already
 */
public record WeightNames(
    List<Rule> rules, List<String> prefixes, List<String> ignored, boolean canonical) {
  /** The number of a layer, in both patterns. */
  private static final String LAYER = "{i}";

  /** The number of an expert: tensors that differ in it alone are stacked. */
  private static final String EXPERT = "{e}";

  /** GGUF's names are the canonical ones. */
  public static final WeightNames CANONICAL =
      new WeightNames(List.of(), List.of(), List.of("rope_(freqs|factors_\\w+)\\.weight"), true);

  /** A table of names that are not canonical. */
  public static WeightNames of(Rule... rules) {
    return new WeightNames(List.of(rules), List.of(), List.of(), false);
  }

  public WeightNames {
    rules = List.copyOf(rules);
    prefixes = List.copyOf(prefixes);
    ignored = List.copyOf(ignored);
  }

  /**
   * @param from stored name without {@code .weight} or {@code .bias}:
   *     "model.layers.{i}.mlp.up_proj"; a name without such an ending stands as it is
   * @param to canonical name likewise: "blk.{i}.ffn_up"
   * @param changes in their order
   * @param stored matches stored names
   * @param canonical matches canonical names
   */
  public record Rule(
      String from, String to, List<Change> changes, Pattern stored, Pattern canonical) {
    public Rule(String from, String to, Change... changes) {
      this(from, to, List.of(changes), pattern(from), pattern(to));
    }

    /** Whether the table can be used backwards here. */
    private boolean joins() {
      return changes.isEmpty() || changes.size() == 1 && changes.getFirst() instanceof Change.Rows;
    }

    private static Pattern pattern(String names) {
      String quoted =
          Pattern.quote(names)
              .replace(LAYER, "\\E(?<i>\\d+)\\Q")
              .replace(EXPERT, "\\E(?<e>\\d+)\\Q");
      return Pattern.compile(quoted);
    }
  }

  /** Where a stored tensor goes. */
  private record Place(String canonical, int expert, List<Change> changes) {}

  /** This table with more rules, tried before the others: of two that agree the first counts. */
  public WeightNames with(Rule... more) {
    List<Rule> all = new ArrayList<>(List.of(more));
    all.addAll(rules);
    return new WeightNames(all, prefixes, ignored, canonical);
  }

  public WeightNames with(List<Rule> more) {
    return with(more.toArray(Rule[]::new));
  }

  /** This table with names that some checkpoints have instead. */
  public WeightNames or(Rule... others) {
    List<Rule> all = new ArrayList<>(rules);
    all.addAll(List.of(others));
    return new WeightNames(all, prefixes, ignored, canonical);
  }

  /** This table without the rules of a stored name. */
  public WeightNames without(String from) {
    List<Rule> others = rules.stream().filter(rule -> !rule.from.equals(from)).toList();
    return new WeightNames(others, prefixes, ignored, canonical);
  }

  /** This table in which the tensors of some rules are changed. */
  public WeightNames changing(Predicate<Rule> which, Change change) {
    List<Rule> changed =
        rules.stream()
            .map(rule -> which.test(rule) ? new Rule(rule.from, rule.to, change) : rule)
            .toList();
    return new WeightNames(changed, prefixes, ignored, canonical);
  }

  /** This table where names may also come with, or without, a prefix. */
  public WeightNames prefixed(String... optional) {
    return new WeightNames(rules, List.of(optional), ignored, canonical);
  }

  /** This table where further names hold nothing that is needed. */
  public WeightNames ignoring(String... expressions) {
    List<String> all = new ArrayList<>(ignored);
    all.addAll(List.of(expressions));
    return new WeightNames(rules, prefixes, all, canonical);
  }

  /**
   * Stored tensors by canonical name, changed to what is read.
   *
   * @throws PunaException if two of them mean the same
   */
  SequencedMap<String, StoredTensor> place(String where, Map<String, StoredTensor> stored) {
    SequencedMap<String, StoredTensor> placed = new LinkedHashMap<>();
    Map<String, TreeMap<Integer, StoredTensor>> experts = new LinkedHashMap<>();
    stored.forEach(
        (name, tensor) -> {
          for (Place place : places(name)) {
            StoredTensor changed = tensor;
            for (Change change : place.changes) {
              changed = change.of(changed);
            }
            if (place.expert >= 0) {
              experts
                  .computeIfAbsent(place.canonical, _ -> new TreeMap<>())
                  .put(place.expert, changed);
            } else if (placed.put(place.canonical, changed) != null) {
              throw new PunaException(
                  where + ": two tensors mean " + place.canonical + ", one of them " + name,
                  "remove one");
            }
          }
        });
    experts.forEach((name, parts) -> placed.put(name, Change.stacked(List.copyOf(parts.values()))));
    return placed;
  }

  /** The canonical names that a stored tensor has a part in. */
  public List<String> canonical(String stored) {
    return places(stored).stream().map(Place::canonical).toList();
  }

  /**
   * A weight that a stored tensor has a part in.
   *
   * @param changes from what is stored to what is read
   */
  record Placed(String canonical, List<Change> changes) {}

  /** The weights that a stored tensor has a part in, and how. */
  List<Placed> placed(String stored) {
    return places(stored).stream().map(p -> new Placed(p.canonical, p.changes)).toList();
  }

  private List<Place> places(String stored) {
    List<Place> places = new ArrayList<>();
    for (String name : spellings(stored)) {
      int dot = name.lastIndexOf('.');
      String ending = dot < 0 ? "" : ending(name.substring(dot));
      for (Rule rule : rules) {
        Place whole = place(rule, name, "");
        Place stem = ending.isEmpty() ? null : place(rule, name.substring(0, dot), ending);
        Place found = whole != null ? whole : stem;
        if (found != null && places.stream().noneMatch(p -> p.canonical.equals(found.canonical))) {
          places.add(found);
        }
      }
      if (!places.isEmpty()) {
        return places;
      }
    }
    return canonical ? List.of(new Place(stored, -1, List.of())) : List.of();
  }

  /** How a name may be written: with a prefix, or without. */
  List<String> spellings(String stored) {
    List<String> spellings = new ArrayList<>(List.of(stored));
    for (String prefix : prefixes) {
      spellings.add(prefix + stored);
      if (stored.startsWith(prefix)) {
        spellings.add(stored.substring(prefix.length()));
      }
    }
    return spellings;
  }

  /** Old checkpoints call the weights of a norm gamma and beta. */
  private static String ending(String ending) {
    return switch (ending) {
      case ".weight", ".gamma" -> ".weight";
      case ".bias", ".beta" -> ".bias";
      default -> "";
    };
  }

  private static @Nullable Place place(Rule rule, String name, String ending) {
    Matcher matcher = rule.stored.matcher(name);
    if (!matcher.matches()) {
      return null;
    }
    String layer = rule.from.contains(LAYER) ? matcher.group("i") : "";
    int expert = -1;
    if (rule.from.contains(EXPERT)) {
      String digits = matcher.group("e");
      expert = digits.length() > 6 ? -1 : Integer.parseInt(digits);
    }
    return new Place(rule.to.replace(LAYER, layer) + ending, expert, rule.changes);
  }

  /** The stored name of a canonical one, for messages; itself if the table has none. */
  public String stored(String canonical) {
    int dot = canonical.lastIndexOf('.');
    for (Rule rule : rules) {
      for (int end : new int[] {canonical.length(), dot}) {
        Matcher matcher = rule.canonical.matcher(canonical.substring(0, end));
        if (matcher.matches()) {
          String layer = rule.to.contains(LAYER) ? matcher.group("i") : "";
          return rule.from.replace(LAYER, layer) + canonical.substring(end);
        }
      }
    }
    return canonical;
  }

  /**
   * Where a canonical weight is stored.
   *
   * @param name of the stored tensor
   * @param from first of its rows that the weight is; 0 also where it is all of it
   */
  record Source(String name, long from) {}

  /** Where a canonical weight is stored, as far as rules that take rows or only rename say it. */
  Source source(String canonical) {
    int dot = canonical.lastIndexOf('.');
    String ending = ending(canonical.substring(dot));
    String stem = canonical.substring(0, dot);
    for (Rule rule : rules) {
      boolean joins = rules.stream().filter(r -> r.from.equals(rule.from)).allMatch(Rule::joins);
      for (String name : ending.isEmpty() ? List.of(canonical) : List.of(canonical, stem)) {
        Matcher matcher = rule.canonical.matcher(name);
        if (joins && matcher.matches()) {
          String layer = rule.to.contains(LAYER) ? matcher.group("i") : "";
          String rest = name.equals(stem) ? ending : "";
          long from = rule.changes.isEmpty() ? 0 : ((Change.Rows) rule.changes.getFirst()).from();
          return new Source(rule.from.replace(LAYER, layer) + rest, from);
        }
      }
    }
    return new Source(canonical, 0);
  }

  /** Whether every weight is stored as it is read, so that the table can be used backwards. */
  public boolean isRenaming() {
    return rules.stream().allMatch(r -> r.changes.isEmpty() && !r.from.contains(EXPERT));
  }

  /** Whether a stored tensor may be left out of a program without a word. */
  public boolean ignores(String stored) {
    return ignored.stream().anyMatch(expression -> Pattern.matches(expression, stored));
  }
}
