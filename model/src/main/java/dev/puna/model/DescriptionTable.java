package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Models compared: a row for each, first what they are made of, then their sizes. */
final class DescriptionTable {
  private DescriptionTable() {}

  /** What stands where a model has no such thing. */
  private static final String NOTHING = "-";

  static String of(List<Description> models) {
    SequencedMap<String, Function<Description, String>> parts = parts();
    return aligned(models, parts) + "\n" + aligned(models, sizes(models));
  }

  /** The comparison's columns: what tells one architecture from another. */
  static SequencedMap<String, Function<Description, String>> parts() {
    SequencedMap<String, Function<Description, String>> parts = new LinkedHashMap<>();
    parts.put("model", Description::name);
    parts.put("parameters", DescriptionTable::parameters);
    parts.put("training context", d -> Quantity.exact(d.spec().context()));
    parts.put("position encoding", d -> joined(PositionFacts.briefs(d.stack())));
    parts.put("activation", d -> values(d, LayerFact.ACTIVATION));
    parts.put("normalization", DescriptionTable::normalization);
    parts.put("attention", d -> joined(AttentionFacts.mixers(d.stack())));
    return parts;
  }

  private static String parameters(Description d) {
    ParameterCount count = ParameterCount.of(d.programs());
    String total = Quantity.rounded(count.total());
    return count.isSparse() ? total + ", " + Quantity.rounded(count.active()) + " active" : total;
  }

  /** "RMSNorm", and where it stands if that is not before each part. */
  private static String normalization(Description d) {
    List<String> words =
        d.stack().layers().stream()
            .map(
                layer -> {
                  String place = NormFacts.place(d.stack(), layer);
                  String names = NormFacts.names(d.stack(), layer);
                  return place.startsWith("pre") ? names : names + ", " + place;
                })
            .distinct()
            .toList();
    return joined(words);
  }

  private static SequencedMap<String, Function<Description, String>> sizes(
      List<Description> models) {
    SequencedMap<String, Function<Description, String>> sizes = new LinkedHashMap<>();
    sizes.put("model", Description::name);
    sizes.put("family", d -> d.family().name());
    sizes.put("layers", DescriptionTable::layers);
    sizes.put("width", d -> Quantity.exact(d.spec().width()));
    sizes.put("feed-forward", d -> values(d, LayerFact.FEED_FORWARD));
    sizes.put("experts", DescriptionTable::experts);
    sizes.put("heads", d -> values(d, LayerFact.HEADS));
    sizes.put("k/v heads", d -> values(d, LayerFact.KV_HEADS));
    sizes.put("head size", d -> values(d, LayerFact.HEAD_SIZE));
    sizes.put("vocabulary", d -> Quantity.exact(d.spec().vocab()));
    sizes.put("head", DescriptionTable::head);
    sizes.put("KV/token", DescriptionTable::kvCache);
    if (models.stream().anyMatch(d -> d.stateNumbers() > 0)) {
      sizes.put(
          "state",
          d -> d.stateNumbers() == 0 ? NOTHING : Quantity.bytes(DType.F32.bytes(d.stateNumbers())));
    }
    if (models.stream().anyMatch(d -> !d.types().isEmpty())) {
      sizes.put("stored as", DescriptionTable::types);
      sizes.put("weights", d -> d.weightBytes().map(Quantity::bytes).orElse(NOTHING));
    }
    return sizes;
  }

  private static String kvCache(Description d) {
    boolean keeps = d.kvNumbersPerToken() > 0 && !d.stack().atOnce();
    return keeps ? DescriptionText.kvCache(d) : NOTHING;
  }

  private static String layers(Description d) {
    Optional<Stack> source = Optional.ofNullable(Stack.source(d.spec()));
    String own = String.valueOf(d.spec().layers().size());
    return source.map(s -> s.layers().size() + " + " + own).orElse(own);
  }

  private static String experts(Description d) {
    return joined(
        d.stack().layers().stream()
            .map(Spec.Layer::ffn)
            .filter(Spec.Experts.class::isInstance)
            .map(Spec.Experts.class::cast)
            .map(
                e ->
                    "%d of %d%s"
                        .formatted(
                            e.routing().active(),
                            e.routing().experts(),
                            e.shared() == null ? "" : " + shared"))
            .distinct()
            .toList());
  }

  private static String head(Description d) {
    return switch (d.spec().head()) {
      case Spec.Logits logits -> logits.tied() ? "tied" : logits.unit() ? "NormHead" : "own";
      case Spec.Pooled pooled -> "vector";
    };
  }

  private static String types(Description d) {
    return d.types().isEmpty()
        ? NOTHING
        : d.types().keySet().stream().map(DType::name).collect(Collectors.joining(", "));
  }

  static String values(Description d, LayerFact fact) {
    return joined(
        fact.values(d.stack()).stream()
            .map(v -> v instanceof Integer number ? Quantity.exact(number) : v.toString())
            .toList());
  }

  private static String joined(Collection<?> values) {
    return values.isEmpty()
        ? NOTHING
        : values.stream().map(String::valueOf).collect(Collectors.joining(" / "));
  }

  // ---- laying out ----

  private static String aligned(
      List<Description> models, SequencedMap<String, Function<Description, String>> columns) {
    List<List<String>> rows = new ArrayList<>(List.of(List.copyOf(columns.sequencedKeySet())));
    for (Description model : models) {
      rows.add(columns.sequencedValues().stream().map(column -> column.apply(model)).toList());
    }
    int[] widths = new int[columns.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], columns(row.get(i)));
      }
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(padded(rows.get(r).get(i), widths[i] + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
      if (r == 0) {
        text.repeat("─", Arrays.stream(widths).sum() + 2 * (widths.length - 1)).append('\n');
      }
    }
    return text.toString();
  }

  private static int columns(String text) {
    return text.codePointCount(0, text.length());
  }

  static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - columns(text)));
  }
}
