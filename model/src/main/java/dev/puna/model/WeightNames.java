package dev.puna.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a family's checkpoints call their weights: a table from their names to the canonical ones,
 * which are GGUF's.
 *
 * @param rules tried in order
 * @param ignored endings of stored names that hold nothing a program needs
 */
public record WeightNames(List<Rule> rules, List<String> ignored) {
  /** The number of a layer, in both patterns. */
  private static final String LAYER = "{i}";

  /**
   * @param from stored name without {@code .weight} or {@code .bias}:
   *     "model.layers.{i}.mlp.up_proj"
   * @param to canonical name likewise: "blk.{i}.ffn_up"
   */
  public record Rule(String from, String to) {
    @Nullable String canonical(String stem) {
      int at = from.indexOf(LAYER);
      if (at < 0) {
        return stem.equals(from) ? to : null;
      }
      String head = from.substring(0, at);
      String tail = from.substring(at + LAYER.length());
      if (!stem.startsWith(head) || !stem.endsWith(tail) || stem.length() <= from.length() - 3) {
        return null;
      }
      String layer = stem.substring(head.length(), stem.length() - tail.length());
      return layer.chars().allMatch(c -> c >= '0' && c <= '9') ? to.replace(LAYER, layer) : null;
    }
  }

  /** GGUF's names are the canonical ones. */
  public static final WeightNames CANONICAL = new WeightNames(List.of(), List.of());

  /** The canonical name of a stored tensor, or null if the table does not know it. */
  public @Nullable String canonical(String stored) {
    if (rules.isEmpty()) {
      return stored;
    }
    int dot = stored.lastIndexOf('.');
    if (dot < 0) {
      return null;
    }
    String stem = stored.substring(0, dot);
    for (Rule rule : rules) {
      String canonical = rule.canonical(stem);
      if (canonical != null) {
        return canonical + stored.substring(dot);
      }
    }
    return null;
  }

  /** The stored name of a canonical one, for messages; itself if the table has none. */
  public String stored(String canonical) {
    int dot = canonical.lastIndexOf('.');
    String[] parts = canonical.substring(0, dot).split("\\.", 3);
    for (Rule rule : rules) {
      boolean inLayer = parts.length == 3;
      String to = inLayer ? rule.to.replace(LAYER, parts[1]) : rule.to;
      if (to.equals(canonical.substring(0, dot))) {
        return (inLayer ? rule.from.replace(LAYER, parts[1]) : rule.from)
            + canonical.substring(dot);
      }
    }
    return canonical;
  }

  /** Whether a stored tensor may be left out of a program without a word. */
  public boolean ignores(String stored) {
    return ignored.stream().anyMatch(stored::endsWith);
  }
}
