package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A description for people to read in a terminal. */
final class DescriptionText {
  private DescriptionText() {}

  /** The facts that are told in sentences; the others are numbers within them. */
  static final List<LayerFact> FACTS =
      List.of(
          LayerFact.NORMALIZATION,
          LayerFact.POSITION,
          LayerFact.PAIRING,
          LayerFact.ATTENTION,
          LayerFact.MASK,
          LayerFact.ACTIVATION,
          LayerFact.FEED_FORWARD,
          LayerFact.BIASES);

  private static final int LABEL = 16;

  /** Runs of layer numbers that are written out before "…" stands for those between. */
  private static final int MOST_RUNS = 4;

  static String of(Description d) {
    StringBuilder text = new StringBuilder(d.name()).append("\n\n");
    line(text, "family", d.family().name());
    long parameters = d.parameters();
    String rounded = Quantity.rounded(parameters);
    String exact = Quantity.exact(parameters);
    line(text, "parameters", rounded.equals(exact) ? exact : exact + " (" + rounded + ")");
    line(text, "layers", String.valueOf(d.spec().layers().size()));
    line(text, "width", Quantity.exact(d.spec().width()));
    line(text, "vocabulary", Quantity.exact(d.spec().vocab()) + " tokens");
    line(text, "context", Quantity.exact(d.spec().context()) + " tokens in training");
    text.append('\n');
    for (LayerFact fact : FACTS) {
      String label =
          switch (fact) {
            case PAIRING -> "";
            case FEED_FORWARD -> "feed-forward";
            default -> fact.key();
          };
      for (String sentence : sentences(d, fact)) {
        line(text, label, sentence);
        label = "";
      }
    }
    line(text, "head", head(d));
    text.append('\n');
    line(text, "KV cache", kvCache(d) + " per token in F16");
    weights(d, text);
    return text.toString();
  }

  private static void weights(Description d, StringBuilder text) {
    if (d.types().isEmpty()) {
      line(text, "weights", "none here: only the configuration is known");
      return;
    }
    long bytes = d.weightBytes().orElse(0L);
    line(text, "weights", "%s bytes (%s)".formatted(Quantity.exact(bytes), Quantity.bytes(bytes)));
    d.types()
        .forEach(
            (type, stored) ->
                line(
                    text,
                    "  " + type,
                    "%s parameters in %d tensors, %s"
                        .formatted(
                            Quantity.exact(stored.parameters()),
                            stored.tensors(),
                            Quantity.bytes(stored.bytes()))));
  }

  private static void line(StringBuilder text, String label, String value) {
    text.append("  ").append(padded(label, LABEL)).append(value).append('\n');
  }

  static String head(Description d) {
    return d.tied()
        ? "tied: the embedding table serves as the output projection"
        : "an output projection of its own";
  }

  private static String kvCache(Description d) {
    return Quantity.bytes(DType.F16.bytes(d.kvNumbersPerToken()));
  }

  /** One sentence if all layers agree, else one for each kind with the layers it is about. */
  static List<String> sentences(Description d, LayerFact fact) {
    SequencedMap<String, List<Integer>> layers = new LinkedHashMap<>();
    for (int i = 0; i < d.spec().layers().size(); i++) {
      String sentence = fact.sentence(d.spec().layers().get(i));
      layers.computeIfAbsent(sentence, x -> new ArrayList<>()).add(i);
    }
    return layers.size() == 1
        ? List.of(layers.firstEntry().getKey())
        : layers.entrySet().stream().map(e -> numbers(e.getValue()) + ": " + e.getKey()).toList();
  }

  /** "layer 0", "layers 0-3, 8", "layers 0, 2, 4, …, 24 (13 layers)". */
  static String numbers(List<Integer> layers) {
    List<String> runs = new ArrayList<>();
    for (int i = 0; i < layers.size(); ) {
      int j = i;
      while (j + 1 < layers.size() && layers.get(j + 1) == layers.get(j) + 1) {
        j++;
      }
      runs.add(i == j ? "" + layers.get(i) : layers.get(i) + "-" + layers.get(j));
      i = j + 1;
    }
    if (layers.size() == 1) {
      return "layer " + runs.getFirst();
    }
    return runs.size() <= MOST_RUNS
        ? "layers " + String.join(", ", runs)
        : "layers %s, …, %s (%d layers)"
            .formatted(
                String.join(", ", runs.subList(0, MOST_RUNS - 1)), runs.getLast(), layers.size());
  }

  // ---- side by side ----

  static String table(List<Description> models) {
    SequencedMap<String, Function<Description, String>> rows = new LinkedHashMap<>();
    rows.put("", Description::name);
    rows.put("family", d -> d.family().name());
    rows.put("parameters", d -> Quantity.rounded(d.parameters()));
    rows.put("training context", d -> Quantity.exact(d.spec().context()));
    rows.put("position encoding", d -> values(d, LayerFact.POSITION));
    rows.put("activation", d -> values(d, LayerFact.ACTIVATION));
    rows.put("normalization", d -> values(d, LayerFact.NORMALIZATION));
    rows.put("attention", d -> values(d, LayerFact.ATTENTION));
    rows.put("layers", d -> String.valueOf(d.spec().layers().size()));
    rows.put("width", d -> Quantity.exact(d.spec().width()));
    rows.put("feed-forward", d -> values(d, LayerFact.FEED_FORWARD));
    rows.put("query heads", d -> values(d, LayerFact.HEADS));
    rows.put("key/value heads", d -> values(d, LayerFact.KV_HEADS));
    rows.put("head size", d -> values(d, LayerFact.HEAD_SIZE));
    rows.put("vocabulary", d -> Quantity.exact(d.spec().vocab()));
    rows.put("embedding", d -> d.tied() ? "tied" : "not tied");
    rows.put("KV cache per token", DescriptionText::kvCache);
    if (models.stream().anyMatch(d -> !d.types().isEmpty())) {
      rows.put("stored as", DescriptionText::types);
      rows.put("weights", d -> d.weightBytes().map(Quantity::bytes).orElse("-"));
    }
    return aligned(models, rows);
  }

  private static String values(Description d, LayerFact fact) {
    Set<String> values = new LinkedHashSet<>();
    for (Spec.Layer layer : d.spec().layers()) {
      Object value = fact.value(layer);
      values.add(value instanceof Integer number ? Quantity.exact(number) : value.toString());
    }
    return String.join(" / ", values);
  }

  private static String types(Description d) {
    return d.types().isEmpty()
        ? "-"
        : d.types().keySet().stream().map(DType::name).collect(Collectors.joining(", "));
  }

  private static String aligned(
      List<Description> models, SequencedMap<String, Function<Description, String>> rows) {
    int label = rows.sequencedKeySet().stream().mapToInt(DescriptionText::columns).max().orElse(0);
    List<Integer> widths =
        models.stream()
            .map(d -> rows.values().stream().mapToInt(row -> columns(row.apply(d))).max())
            .map(width -> width.orElse(0))
            .toList();
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Function<Description, String>> row : rows.entrySet()) {
      StringBuilder line = new StringBuilder(padded(row.getKey(), label));
      for (int i = 0; i < models.size(); i++) {
        line.append("  ").append(padded(row.getValue().apply(models.get(i)), widths.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
      if (row.getKey().isEmpty()) {
        int width = label + widths.stream().mapToInt(w -> w + 2).sum();
        text.append("─".repeat(width)).append('\n');
      }
    }
    return text.toString();
  }

  private static int columns(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - columns(text)));
  }
}
