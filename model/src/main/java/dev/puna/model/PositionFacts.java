package dev.puna.model;

import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a model knows where a token stands. */
final class PositionFacts {
  private static final String NONE = "none";

  private PositionFacts() {}

  /** What rotates a layer's queries and keys. */
  static List<Rotation> rotations(Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> a.rotations();
      case Spec.LatentAttention a -> List.of(a.rotation());
      case Spec.Mamba m -> List.of();
      case Spec.Mamba2 m -> List.of();
    };
  }

  private static Scores.Bias bias(Spec.Layer layer) {
    return layer.mixer() instanceof Spec.Attention a ? a.scores().bias() : new Scores.None();
  }

  /** "RoPE", "ALiBi", ...; null in layers that know the order by themselves. */
  static @Nullable String value(Stack stack, Spec.Layer layer) {
    if (!rotations(layer).isEmpty()) {
      return "RoPE";
    }
    return switch (bias(layer)) {
      case Scores.Alibi alibi -> "ALiBi";
      case Scores.Buckets buckets -> "relative buckets";
      case Scores.None none ->
          switch (stack.embedding().positions()) {
            case Embedding.Learned learned -> "learned";
            case Embedding.Sinusoidal sinusoidal -> "sinusoidal";
            case Embedding.InLayers in -> StateSpaceFacts.isStateSpace(layer) ? null : NONE;
          };
    };
  }

  /** The different ones of a stack; "none" where there is nothing at all. */
  static List<Object> values(Stack stack) {
    List<Object> values = LayerFact.POSITION.values(stack);
    return values.isEmpty() ? List.of(NONE) : values;
  }

  /** The value with what is particular about it: "RoPE, 2D", "RoPE, YaRN". */
  static @Nullable String brief(Stack stack, Spec.Layer layer) {
    String value = value(stack, layer);
    List<Rotation> rotations = rotations(layer);
    if (rotations.isEmpty()) {
      return value;
    }
    Rotation first = rotations.getFirst();
    List<String> words = new ArrayList<>(List.of("RoPE"));
    int head = headSize(layer);
    if (rotations.size() > 1) {
      words.add("2D");
    } else if (first.size() < head) {
      words.add("%d of %d columns".formatted(first.size(), head));
    }
    String scaled = scalingName(first.scaling());
    if (!scaled.isEmpty()) {
      words.add(scaled);
    }
    return String.join(", ", words);
  }

  private static int headSize(Spec.Layer layer) {
    return switch (layer.mixer()) {
      case Spec.Attention a -> a.heads().size();
      case Spec.LatentAttention a -> a.plain() + a.rotation().size();
      case Spec.Mamba m -> 0;
      case Spec.Mamba2 m -> 0;
    };
  }

  /** The different brief ones of a stack. */
  static Set<String> briefs(Stack stack) {
    Set<String> briefs = new LinkedHashSet<>();
    for (Spec.Layer layer : stack.layers()) {
      String brief = brief(stack, layer);
      if (brief != null) {
        briefs.add(brief);
      }
    }
    return briefs.isEmpty() ? Set.of(NONE) : briefs;
  }

  static String sentence(Stack stack, Spec.Layer layer) {
    List<Rotation> rotations = rotations(layer);
    if (rotations.size() > 1) {
      Rotation r = rotations.getFirst();
      return "2D RoPE: %d of a head's %d columns turn by a token's first place, %d by its second,"
              .formatted(r.size(), headSize(layer), rotations.getLast().size())
          + " base "
          + Quantity.plain(r.base());
    }
    if (!rotations.isEmpty()) {
      return rope(rotations.getFirst(), headSize(layer));
    }
    return switch (bias(layer)) {
      case Scores.Alibi a ->
          "ALiBi: scores fall with distance, by %s to %s a token"
              .formatted(
                  NormFacts.number(Collections.max(a.slopes())),
                  NormFacts.number(Collections.min(a.slopes())));
      case Scores.Buckets b ->
          "relative buckets: %d learned numbers a head by distance, the last from %d tokens on"
              .formatted(b.count(), b.far());
      case Scores.None none ->
          switch (stack.embedding().positions()) {
            case Embedding.Learned learned ->
                "learned: a row for each of %s places is added to the embedding"
                    .formatted(Quantity.exact(learned.count()));
            case Embedding.Sinusoidal s ->
                "sinusoidal: sines and cosines are added to the embedding";
            case Embedding.InLayers in ->
                StateSpaceFacts.isStateSpace(layer)
                    ? "none: a recurrence reads tokens in their order"
                    : "none: the mask alone tells the order";
          };
    };
  }

  private static String rope(Rotation rotation, int head) {
    String part =
        rotation.size() == head
            ? ""
            : " on %d of a head's %d columns".formatted(rotation.size(), head);
    String scaling = scaling(rotation.scaling());
    return "RoPE%s, base %s%s%s"
        .formatted(
            part,
            Quantity.plain(rotation.base()),
            scaling.isEmpty() ? "" : "; ",
            scaling.isEmpty() ? "" : scaling);
  }

  static @Nullable String pairs(Stack stack, Spec.Layer layer) {
    List<Rotation> rotations = rotations(layer);
    return rotations.isEmpty()
        ? null
        : switch (rotations.getFirst().pairing()) {
          case HALVES -> "halves";
          case ADJACENT -> "adjacent";
        };
  }

  static @Nullable String pairsSentence(Stack stack, Spec.Layer layer) {
    List<Rotation> rotations = rotations(layer);
    if (rotations.isEmpty()) {
      return null;
    }
    Rotation r = rotations.getFirst();
    return switch (r.pairing()) {
      case HALVES -> "columns i and i + %d of a head turn together".formatted(r.size() / 2);
      case ADJACENT -> "columns 2i and 2i + 1 of a head turn together";
    };
  }

  // ---- scaling ----

  private static String scalingName(RopeScaling scaling) {
    return switch (scaling) {
      case RopeScaling.None s -> "";
      case RopeScaling.Half s -> "";
      case RopeScaling.Linear s -> "linear";
      case RopeScaling.Dynamic s -> "dynamic NTK";
      case RopeScaling.Stepped s -> "dynamic NTK";
      case RopeScaling.LongRope s -> "LongRoPE";
      case RopeScaling.Llama3 s -> "stretched";
      case RopeScaling.Yarn s -> "YaRN";
      case RopeScaling.Divided s -> "divided";
    };
  }

  /** The scaling in words, empty if there is none. */
  private static String scaling(RopeScaling scaling) {
    return switch (scaling) {
      case RopeScaling.None s -> "";
      case RopeScaling.Half s -> "";
      case RopeScaling.Linear s -> "positions divided by " + Quantity.plain(s.factor());
      case RopeScaling.Dynamic s -> "dynamic NTK, " + beyond(s.factor(), s.trained());
      case RopeScaling.Stepped s ->
          "dynamic NTK, the base grows with a prompt of more than %s tokens"
              .formatted(Quantity.exact(s.trained()));
      case RopeScaling.Llama3 s ->
          "long wavelengths stretched %s times beyond %s tokens"
              .formatted(Quantity.plain(s.factor()), Quantity.exact(s.trained()));
      case RopeScaling.LongRope s ->
          "LongRoPE, a divisor for each pair, others beyond %s tokens"
              .formatted(Quantity.exact(s.trained()));
      case RopeScaling.Yarn s -> "YaRN, " + beyond(s.factor(), s.trained());
      case RopeScaling.Divided s ->
          "frequencies divided by %s to %s"
              .formatted(
                  Quantity.plain(Collections.min(s.divisors())),
                  Quantity.plain(Collections.max(s.divisors())));
    };
  }

  private static String beyond(double factor, int trained) {
    return "factor %s beyond %s tokens".formatted(Quantity.plain(factor), Quantity.exact(trained));
  }
}
