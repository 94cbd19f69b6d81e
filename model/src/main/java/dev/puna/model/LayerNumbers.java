package dev.puna.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/** Which layers something is about, in words. */
final class LayerNumbers {
  private LayerNumbers() {}

  static final String OTHERS = "the other";

  /** Runs of layer numbers that are written out before "…" stands for those between. */
  private static final int MOST_RUNS = 4;

  /** The layers by something they have, in order of first appearance. */
  static <T> SequencedMap<T, List<Integer>> by(
      List<Spec.Layer> layers, Function<Spec.Layer, T> what) {
    SequencedMap<T, List<Integer>> kinds = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      kinds.computeIfAbsent(what.apply(layers.get(i)), x -> new ArrayList<>()).add(i);
    }
    return kinds;
  }

  /**
   * "layer 0", "layers 0-3, 8", "every 6th layer, 5 to 29", or "the other 25 layers" of those that
   * are left by such a rule.
   *
   * @param all how many layers there are
   */
  static String words(List<Integer> layers, int all) {
    if (layers.size() == 1) {
      return "layer " + layers.getFirst();
    }
    int step = step(layers);
    if (step > 1) {
      return "every %s layer, %d to %d".formatted(nth(step), layers.getFirst(), layers.getLast());
    }
    List<String> runs = runs(layers);
    if (runs.size() <= MOST_RUNS) {
      return "layers " + String.join(", ", runs);
    }
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < all; i++) {
      others.add(i);
    }
    others.removeAll(layers);
    return step(others) > 1
        ? OTHERS + " " + layers.size() + " layers"
        : "layers %s, …, %s (%d layers)"
            .formatted(
                String.join(", ", runs.subList(0, MOST_RUNS - 1)), runs.getLast(), layers.size());
  }

  /** The distance from each to the next, if all are the same and there are three at least; or 0. */
  private static int step(List<Integer> layers) {
    if (layers.size() < 3) {
      return 0;
    }
    int step = layers.get(1) - layers.getFirst();
    for (int i = 1; i < layers.size(); i++) {
      if (layers.get(i) - layers.get(i - 1) != step) {
        return 0;
      }
    }
    return step;
  }

  private static String nth(int n) {
    return n + (n == 2 ? "nd" : n == 3 ? "rd" : "th");
  }

  private static List<String> runs(List<Integer> layers) {
    List<String> runs = new ArrayList<>();
    for (int i = 0; i < layers.size(); ) {
      int j = i;
      while (j + 1 < layers.size() && layers.get(j + 1) == layers.get(j) + 1) {
        j++;
      }
      runs.add(i == j ? "" + layers.get(i) : layers.get(i) + "-" + layers.get(j));
      i = j + 1;
    }
    return runs;
  }
}
