package dev.puna.model;

import dev.puna.program.Heads;
import dev.puna.program.Mask;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How tokens attend to each other. */
final class AttentionFacts {
  private AttentionFacts() {}

  /** How query heads share key and value heads; a single head of all is multi-head. */
  static String sharing(Heads heads) {
    return heads.kv() == heads.query() ? "MHA" : heads.kv() == 1 ? "MQA" : "GQA";
  }

  /** The same, spelled out. */
  static String name(Heads heads) {
    return switch (sharing(heads)) {
      case "MHA" -> "Multi-head attention (MHA)";
      case "MQA" -> "Multi-query attention (MQA)";
      default -> "Grouped-query attention (GQA)";
    };
  }

  /** Null where something else mixes the tokens. */
  static @Nullable String sharing(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> sharing(a.heads());
      case Spec.LatentAttention a -> "MLA";
      case Spec.Mamba m -> null;
      case Spec.Mamba2 m -> null;
    };
  }

  /** The different ones of a stack, state spaces among them. */
  static List<Object> mixers(Stack stack) {
    return stack.layers().stream()
        .map(
            layer ->
                switch (layer.mixer()) {
                  case Spec.Attention a -> (Object) sharing(a.heads());
                  case Spec.LatentAttention a -> "MLA";
                  case Spec.Mamba m -> "Mamba";
                  case Spec.Mamba2 m -> "Mamba 2";
                })
        .distinct()
        .toList();
  }

  static @Nullable String sentence(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> sentence(a.heads());
      case Spec.LatentAttention a ->
          "multi-head latent attention (MLA): keys and values of %d heads are made of one row of"
                  .formatted(a.heads())
              + " %d columns, %d of which turn%s"
                  .formatted(
                      a.rank() + a.rotation().size(),
                      a.rotation().size(),
                      a.queryRank() == 0 ? "" : "; queries of one of " + a.queryRank());
      case Spec.Mamba m -> null;
      case Spec.Mamba2 m -> null;
    };
  }

  private static String sentence(Heads h) {
    String columns =
        h.size() == h.valueSize()
            ? "of %d columns".formatted(h.size())
            : "of %d key and %d value columns".formatted(h.size(), h.valueSize());
    return switch (sharing(h)) {
      case "MHA" ->
          "multi-head attention (MHA): %d heads %s, each with its own keys and values"
              .formatted(h.query(), columns);
      case "MQA" ->
          "multi-query attention (MQA): %d query heads share one key/value head %s"
              .formatted(h.query(), columns);
      default ->
          "grouped-query attention (GQA): %d query heads share %d key/value heads %s"
              .formatted(h.query(), h.kv(), columns);
    };
  }

  // ---- what is seen ----

  private static @Nullable Mask maskOf(Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> a.mask();
      case Spec.LatentAttention a -> new Mask.Causal();
      case Spec.Mamba m -> null;
      case Spec.Mamba2 m -> null;
    };
  }

  static @Nullable String mask(Stack stack, Spec.Layer layer) {
    return switch (maskOf(layer)) {
      case null -> null;
      case Mask.Causal causal -> "causal";
      case Mask.Sliding sliding -> "sliding window";
      case Mask.Prefix prefix -> stack.atOnce() ? "bidirectional" : "prefix";
    };
  }

  static @Nullable String maskSentence(Stack stack, Spec.Layer layer) {
    return switch (maskOf(layer)) {
      case null -> null;
      case Mask.Causal causal -> "causal: a token sees itself and all earlier ones";
      case Mask.Sliding sliding ->
          "sliding window: a token sees itself and the %s before it"
              .formatted(Quantity.exact(sliding.window() - 1));
      case Mask.Prefix prefix ->
          stack.atOnce()
              ? "bidirectional: a token sees the whole text"
              : "prefix: a token sees the whole prefix, itself and all earlier ones";
    };
  }

  static @Nullable Integer window(Stack stack, Spec.Layer layer) {
    return maskOf(layer) instanceof Mask.Sliding sliding ? sliding.window() : null;
  }

  // ---- what becomes of a score ----

  static @Nullable List<String> scores(Stack stack, Spec.Layer layer) {
    List<String> words = new ArrayList<>();
    switch (layer.mixer()) {
      case Spec.Attention a -> {
        scale(words, a.heads().scale(), a.heads().size());
        if (a.scores().cap() != 0) {
          words.add("soft cap " + NormFacts.number(a.scores().cap()));
        }
        if (a.scores().logFrom() != 0) {
          words.add(
              "log-n attention beyond %s tokens".formatted(Quantity.exact(a.scores().logFrom())));
        }
        if (a.sinks()) {
          words.add("attention sinks: a learned score of each head that takes no value");
        }
        if (a.clamp() != 0) {
          words.add("queries, keys and values clamped to ±" + NormFacts.number(a.clamp()));
        }
      }
      case Spec.LatentAttention a -> scale(words, a.scale(), a.plain() + a.rotation().size());
      case Spec.Mamba m -> {}
      case Spec.Mamba2 m -> {}
    }
    return words.isEmpty() ? null : words;
  }

  private static void scale(List<String> words, float scale, int size) {
    if (Math.abs(scale * Math.sqrt(size) - 1) > 1e-4) {
      words.add("scaled by %s instead of 1/√%d".formatted(NormFacts.number(scale), size));
    }
  }

  static @Nullable String qkNorm(Stack stack, Spec.Layer layer) {
    return layer.mixer() instanceof Spec.Attention a && a.qkNorm() instanceof Spec.QkNorm n
        ? NormFacts.name(n.kind())
        : null;
  }

  static @Nullable String qkNormSentence(Stack stack, Spec.Layer layer) {
    if (!(layer.mixer() instanceof Spec.Attention a && a.qkNorm() instanceof Spec.QkNorm n)) {
      return null;
    }
    String span =
        switch (n.span()) {
          case HEAD -> "over each head, with the same gains";
          case EACH_HEAD -> "over each head, with gains of its own";
          case WHOLE -> "over all heads at once";
        };
    return "%s of queries and keys %s".formatted(NormFacts.name(n.kind()), span);
  }

  static @Nullable String cross(Stack stack, Spec.Layer layer) {
    return layer.cross() == null ? null : sharing(layer.cross().heads());
  }

  static @Nullable String crossSentence(Stack stack, Spec.Layer layer) {
    return layer.cross() == null
        ? null
        : "to the encoder's rows: %d heads of %d columns"
            .formatted(layer.cross().heads().query(), layer.cross().heads().size());
  }

  // ---- sizes ----

  static @Nullable Integer heads(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> Integer.valueOf(a.heads().query());
      case Spec.LatentAttention a -> Integer.valueOf(a.heads());
      case Spec.Mamba m -> null;
      case Spec.Mamba2 m -> null;
    };
  }

  static @Nullable Integer kvHeads(Stack stack, Spec.Layer layer) {
    return layer.mixer() instanceof Spec.Attention a ? a.heads().kv() : null;
  }

  static @Nullable Integer headSize(Stack stack, Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> Integer.valueOf(a.heads().size());
      case Spec.LatentAttention a -> Integer.valueOf(a.plain() + a.rotation().size());
      case Spec.Mamba m -> null;
      case Spec.Mamba2 m -> null;
    };
  }

  /** Columns of the row that keys and values are made of. */
  static @Nullable Integer latent(Stack stack, Spec.Layer layer) {
    return layer.mixer() instanceof Spec.LatentAttention a
        ? Integer.valueOf(a.rank() + a.rotation().size())
        : null;
  }
}
