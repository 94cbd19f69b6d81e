package dev.puna.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say about a layer: each fact as a short value for programs to compare, and as a
 * sentence for people. A fact that a layer has nothing to say to is null.
 */
enum LayerFact {
  NORMALIZATION("normalization", NormFacts::names, NormFacts::sentence),
  NORM_PLACE("norm_placement", NormFacts::place),
  RESIDUAL("residual", NormFacts::residual, NormFacts::residualSentence),
  POSITION("position", PositionFacts::value, PositionFacts::sentence),
  PAIRING("rope_pairs", PositionFacts::pairs, PositionFacts::pairsSentence),
  ATTENTION("attention", AttentionFacts::sharing, AttentionFacts::sentence),
  MASK("mask", AttentionFacts::mask, AttentionFacts::maskSentence),
  WINDOW("window", AttentionFacts::window),
  SCORES("scores", AttentionFacts::scores),
  QK_NORM("qk_norm", AttentionFacts::qkNorm, AttentionFacts::qkNormSentence),
  CROSS("cross_attention", AttentionFacts::cross, AttentionFacts::crossSentence),
  STATE_SPACE("state_space", StateSpaceFacts::value, StateSpaceFacts::sentence),
  ACTIVATION("activation", FeedForwardFacts::activation, FeedForwardFacts::activationSentence),
  HEADS("heads", AttentionFacts::heads),
  KV_HEADS("kv_heads", AttentionFacts::kvHeads),
  HEAD_SIZE("head_size", AttentionFacts::headSize),
  LATENT("latent_columns", AttentionFacts::latent),
  FEED_FORWARD("feed_forward", FeedForwardFacts::hidden, FeedForwardFacts::hiddenSentence),
  EXPERTS("experts", FeedForwardFacts::experts, FeedForwardFacts::expertsSentence),
  ACTIVE("active_experts", FeedForwardFacts::active),
  SHARED("shared_expert", FeedForwardFacts::shared),
  BIASES("biases", BiasFacts::value, BiasFacts::sentence);

  /** A fact of a layer within its stack: a text, a number, a list or a map of such. */
  interface Reader {
    @Nullable Object of(Stack stack, Spec.Layer layer);
  }

  private final String key;
  private final Reader value;
  private final Reader sentence;

  LayerFact(String key, Reader value) {
    this(key, value, value);
  }

  LayerFact(String key, Reader value, Reader sentence) {
    this.key = key;
    this.value = value;
    this.sentence = sentence;
  }

  /** Its name in JSON. */
  String key() {
    return key;
  }

  /** For programs to compare; null where the layer has no such thing. */
  @Nullable Object value(Stack stack, Spec.Layer layer) {
    return value.of(stack, layer);
  }

  /** The same for people to read. */
  @Nullable String sentence(Stack stack, Spec.Layer layer) {
    return switch (sentence.of(stack, layer)) {
      case null -> null;
      case Collection<?> list when list.isEmpty() -> null;
      case Collection<?> list -> String.join("; ", list.stream().map(String::valueOf).toList());
      case Object other -> other.toString();
    };
  }

  /** The different values of a stack's layers, in order of first appearance. */
  List<Object> values(Stack stack) {
    Set<Object> values = new LinkedHashSet<>();
    for (Spec.Layer layer : stack.layers()) {
      Object value = value(stack, layer);
      if (value != null) {
        values.add(value);
      }
    }
    return new ArrayList<>(values);
  }
}
