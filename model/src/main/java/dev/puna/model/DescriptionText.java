package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/** A description for people to read in a terminal. */
final class DescriptionText {
  private DescriptionText() {}

  /** The facts that are told in sentences; the others are numbers within them. */
  static final List<LayerFact> FACTS =
      List.of(
          LayerFact.NORMALIZATION,
          LayerFact.RESIDUAL,
          LayerFact.POSITION,
          LayerFact.PAIRING,
          LayerFact.ATTENTION,
          LayerFact.MASK,
          LayerFact.SCORES,
          LayerFact.QK_NORM,
          LayerFact.CROSS,
          LayerFact.STATE_SPACE,
          LayerFact.ACTIVATION,
          LayerFact.FEED_FORWARD,
          LayerFact.EXPERTS,
          LayerFact.BIASES);

  private static final int LABEL = 16;

  static String of(Description d) {
    Spec spec = d.spec();
    StringBuilder text = new StringBuilder(d.name()).append("\n\n");
    line(text, "family", d.family().name());
    parameters(text, ParameterCount.of(d.programs()));
    line(text, "layers", layers(d));
    line(text, "width", Quantity.exact(spec.width()));
    line(text, "vocabulary", Quantity.exact(spec.vocab()) + " tokens");
    line(text, "context", Quantity.exact(spec.context()) + " tokens in training");
    if (!(spec.reading() instanceof Reading.LeftToRight) || spec.source() != null) {
      line(text, "reading", HeadFacts.readingSentence(spec));
    }
    for (Stack stack : d.stacks()) {
      text.append('\n');
      if (d.stacks().size() > 1) {
        text.append("  the ").append(stack.name()).append('\n');
      }
      stack(text, stack, spec.width());
    }
    line(text, "head", HeadFacts.sentence(spec));
    text.append('\n');
    kept(text, d);
    weights(d, text);
    return text.toString();
  }

  private static void parameters(StringBuilder text, ParameterCount count) {
    String rounded = Quantity.rounded(count.total());
    String exact = Quantity.exact(count.total());
    String active =
        count.isSparse()
            ? ", %s of them (%s) active for a token"
                .formatted(Quantity.exact(count.active()), Quantity.rounded(count.active()))
            : "";
    line(
        text,
        "parameters",
        (rounded.equals(exact) ? exact : exact + " (" + rounded + ")") + active);
  }

  private static String layers(Description d) {
    int layers = d.spec().layers().size();
    return d.spec().source() == null
        ? String.valueOf(layers)
        : "%d of the encoder, %d of the decoder"
            .formatted(d.spec().source().layers().size(), layers);
  }

  private static void stack(StringBuilder text, Stack stack, int width) {
    String embedding = "embedding";
    for (String sentence : HeadFacts.embedding(stack.embedding(), width)) {
      line(text, embedding, sentence);
      embedding = "";
    }
    for (LayerFact fact : FACTS) {
      String label = label(fact);
      for (String sentence : sentences(stack, fact)) {
        line(text, label, sentence);
        label = "";
      }
    }
  }

  private static String label(LayerFact fact) {
    return switch (fact) {
      case PAIRING -> "";
      case FEED_FORWARD -> "feed-forward";
      case QK_NORM -> "q/k norm";
      case CROSS -> "cross-attention";
      case STATE_SPACE -> "state space";
      default -> fact.key();
    };
  }

  private static void kept(StringBuilder text, Description d) {
    if (d.kvNumbersPerToken() > 0 && !d.stack().atOnce()) {
      line(text, "KV cache", kvCache(d) + " per token in F16");
    }
    if (d.stateNumbers() > 0) {
      line(
          text,
          "state",
          Quantity.bytes(DType.F32.bytes(d.stateNumbers()))
              + " per sequence of any length, in F32");
    }
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
    text.append("  ").append(DescriptionTable.padded(label, LABEL)).append(value).append('\n');
  }

  static String kvCache(Description d) {
    return Quantity.bytes(DType.F16.bytes(d.kvNumbersPerToken()));
  }

  /** One sentence if all layers agree, else one for each kind with the layers it is about. */
  static List<String> sentences(Stack stack, LayerFact fact) {
    List<Spec.Layer> all = stack.layers();
    SequencedMap<String, List<Integer>> layers =
        LayerNumbers.by(all, layer -> Objects.requireNonNullElse(fact.sentence(stack, layer), ""));
    List<String> sentences = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    layers.forEach(
        (sentence, numbers) -> {
          if (!sentence.isEmpty()) {
            String which = LayerNumbers.words(numbers, all.size());
            boolean others = which.startsWith(LayerNumbers.OTHERS);
            (others ? rest : sentences)
                .add(numbers.size() == all.size() ? sentence : which + ": " + sentence);
          }
        });
    sentences.addAll(rest); // behind the rule that they are left by
    return sentences;
  }
}
