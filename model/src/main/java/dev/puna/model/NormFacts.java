package dev.puna.model;

import dev.puna.program.Normalization;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a layer's rows are normalized, where, and how its parts join the stream. */
final class NormFacts {
  private NormFacts() {}

  /** "RMSNorm"; of a layer that has several kinds, all of them. */
  static String names(Stack stack, Spec.Layer layer) {
    return norms(layer).map(NormFacts::name).distinct().collect(Collectors.joining(", "));
  }

  private static Stream<Normalization> norms(Spec.Layer l) {
    Normalization cross = l.cross() == null ? null : l.cross().norm();
    return Stream.of(l.preMix(), l.postMix(), cross, l.preFfn(), l.postFfn())
        .filter(Objects::nonNull);
  }

  /** The words that papers have for where norms stand. */
  static String place(Stack stack, Spec.Layer layer) {
    return switch (layer.residual()) {
      case Spec.PostNorm post -> "post";
      case Spec.Parallel parallel -> layer.preFfn() == null ? "pre, shared" : "pre";
      case Spec.Normalized normalized -> "pre";
      case Spec.Sequential s ->
          layer.preMix() == null ? "reordered" : layer.postMix() == null ? "pre" : "sandwich";
    };
  }

  static String sentence(Stack stack, Spec.Layer layer) {
    String where =
        switch (place(stack, layer)) {
          case "post" -> "behind each sum (post-norm)";
          case "pre, shared" -> "before both parts, which share it";
          case "reordered" -> "behind each part, before its sum";
          case "sandwich" -> "before and behind each part (sandwich)";
          default -> "before each part";
        };
    Set<String> kinds = new LinkedHashSet<>();
    norms(layer).forEach(n -> kinds.add(name(n) + " %s" + details(n)));
    return kinds.stream().map(k -> k.formatted(where)).collect(Collectors.joining("; "));
  }

  private static String details(Normalization n) {
    String learned =
        !n.weighted()
            ? ", nothing learned"
            : n instanceof Normalization.Layer layer && !layer.bias() ? ", without bias" : "";
    return learned + ", epsilon " + Quantity.scientific(n.epsilon());
  }

  static String name(Normalization normalization) {
    return normalization.centred() ? "LayerNorm" : "RMSNorm";
  }

  // ---- the stream ----

  static String residual(Stack stack, Spec.Layer layer) {
    return switch (layer.residual()) {
      case Spec.Sequential s -> s.scale() == 1 ? "sequential" : "scaled";
      case Spec.Parallel p -> "parallel";
      case Spec.Normalized n -> "normalized";
      case Spec.PostNorm p -> "sequential";
    };
  }

  static String residualSentence(Stack stack, Spec.Layer layer) {
    String mixer = StateSpaceFacts.isStateSpace(layer) ? "mamba" : "attention";
    return switch (layer.residual()) {
      case Spec.Sequential s when layer.ffn() instanceof Spec.None ->
          "x += %s(norm(x)), and no feed-forward part".formatted(mixer);
      case Spec.Sequential s ->
          "sequential: x += %1$s%2$s, then x += %1$s%3$s"
              .formatted(
                  s.scale() == 1 ? "" : number(s.scale()) + " · ",
                  part(layer, mixer),
                  part(layer, "ffn"));
      case Spec.Parallel p -> "parallel: x += %s(norm(x)) + ffn(norm(x))".formatted(mixer);
      case Spec.Normalized n ->
          "of what was normalized: n = norm(x), x = %s n + part(n), as in DeepNorm"
              .formatted(number(n.scale()));
      case Spec.PostNorm p -> "sequential: x = norm(x + attention(x)), then x = norm(x + ffn(x))";
    };
  }

  private static String part(Spec.Layer layer, String name) {
    String in = layer.preMix() == null ? name + "(x)" : name + "(norm(x))";
    return layer.postMix() == null ? in : "norm(" + in + ")";
  }

  static String number(float value) {
    return Quantity.plain(Double.parseDouble("%.4g".formatted(value)));
  }
}
