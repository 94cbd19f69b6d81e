package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Gating;
import dev.puna.program.Routing;
import org.jspecify.annotations.Nullable;

/** What a layer does with each token on its own. */
final class FeedForwardFacts {
  private FeedForwardFacts() {}

  static String name(Activation activation) {
    return switch (activation) {
      case SILU -> "SiLU";
      case GELU -> "GELU";
      case GELU_TANH -> "GELU (tanh)";
      case RELU -> "ReLU";
      case RELU_SQUARED -> "squared ReLU";
      case GELU_SIGMOID -> "GELU (sigmoid)";
      case TANH -> "tanh";
    };
  }

  /** Without how it is computed. */
  private static String family(Activation activation) {
    return switch (activation) {
      case GELU_TANH, GELU_SIGMOID -> "GELU";
      default -> name(activation);
    };
  }

  private static String gated(Activation activation) {
    return switch (activation) {
      case SILU -> "SwiGLU";
      case GELU, GELU_TANH, GELU_SIGMOID -> "GeGLU";
      case RELU -> "ReGLU";
      case RELU_SQUARED -> "squared ReGLU";
      case TANH -> "GLU";
    };
  }

  static String gated(Gating gating) {
    return switch (gating) {
      case Gating.Plain plain -> gated(plain.activation());
      case Gating.Clamped clamped -> "SwiGLU";
    };
  }

  /** "SwiGLU" of a gated layer, "GELU" of a plain one; without either, the mixer's. */
  static String activation(Stack stack, Spec.Layer layer) {
    return switch (layer.ffn()) {
      case Spec.Dense d -> gated(d.activation());
      case Spec.Mlp m -> family(m.activation());
      case Spec.Experts e -> gated(e.gating());
      case Spec.None none -> name(Activation.SILU);
    };
  }

  static String activationSentence(Stack stack, Spec.Layer layer) {
    return switch (layer.ffn()) {
      case Spec.Dense d -> gatedSentence(d.activation());
      case Spec.Mlp m ->
          "%s: down(%s(up(x)))".formatted(name(m.activation()), family(m.activation()));
      case Spec.Experts e ->
          switch (e.gating()) {
            case Gating.Plain plain -> gatedSentence(plain.activation());
            case Gating.Clamped c ->
                "SwiGLU, clamped: down(g σ(%s g) ⊙ (u + 1)), gate and up to ±%s"
                    .formatted(NormFacts.number(c.alpha()), NormFacts.number(c.limit()));
          };
      case Spec.None none -> "SiLU of the convolution and of the gate";
    };
  }

  private static String gatedSentence(Activation activation) {
    String formula = "down(%s(gate(x)) ⊙ up(x))".formatted(family(activation));
    return switch (activation) {
      case SILU -> "SwiGLU: " + formula;
      case GELU_TANH -> "GELU by tanh, gated (GeGLU): " + formula;
      default -> "%s, gated (%s): %s".formatted(name(activation), gated(activation), formula);
    };
  }

  // ---- sizes ----

  /** Columns of the hidden layer; of one expert's, where there are several. */
  static @Nullable Integer hidden(Stack stack, Spec.Layer layer) {
    return switch (layer.ffn()) {
      case Spec.Dense d -> Integer.valueOf(d.hidden());
      case Spec.Mlp m -> Integer.valueOf(m.hidden());
      case Spec.Experts e -> Integer.valueOf(e.hidden());
      case Spec.None none -> null;
    };
  }

  static String hiddenSentence(Stack stack, Spec.Layer layer) {
    return switch (layer.ffn()) {
      case Spec.Dense d -> Quantity.exact(d.hidden()) + " columns";
      case Spec.Mlp m -> Quantity.exact(m.hidden()) + " columns";
      case Spec.Experts e ->
          "%d experts of %s columns".formatted(e.routing().experts(), Quantity.exact(e.hidden()));
      case Spec.None none -> "none";
    };
  }

  private static Spec.@Nullable Experts mixture(Spec.Layer layer) {
    return layer.ffn() instanceof Spec.Experts e ? e : null;
  }

  static @Nullable Integer experts(Stack stack, Spec.Layer layer) {
    Spec.Experts e = mixture(layer);
    return e == null ? null : Integer.valueOf(e.routing().experts());
  }

  static @Nullable Integer active(Stack stack, Spec.Layer layer) {
    Spec.Experts e = mixture(layer);
    return e == null ? null : Integer.valueOf(e.routing().active());
  }

  /** Columns of the expert that all tokens pass. */
  static @Nullable Integer shared(Stack stack, Spec.Layer layer) {
    Spec.Experts e = mixture(layer);
    return e == null || e.shared() == null ? null : Integer.valueOf(e.shared().hidden());
  }

  static @Nullable String expertsSentence(Stack stack, Spec.Layer layer) {
    Spec.Experts e = mixture(layer);
    if (e == null) {
      return null;
    }
    String shared =
        e.shared() == null
            ? ""
            : "; a shared one of %s columns%s"
                .formatted(
                    Quantity.exact(e.shared().hidden()), e.shared().gated() ? ", gated" : "");
    return "%d of %d a token, %s%s%s"
        .formatted(
            e.routing().active(),
            e.routing().experts(),
            routing(e.routing()),
            e.biased() ? ", chosen with a bias" : "",
            shared);
  }

  /** How experts are chosen and weighted. */
  static String routing(Routing r) {
    String by =
        switch (r.probability()) {
          case SOFTMAX -> "by softmax over all";
          case SIGMOID -> "by sigmoid";
          case SOFTMAX_OF_CHOSEN -> "by softmax over those chosen";
        };
    String groups =
        r.groups() == 1
            ? ""
            : ", from the best %d of %d groups".formatted(r.activeGroups(), r.groups());
    String scale = r.scale() == 1 ? "" : ", times " + NormFacts.number(r.scale());
    return by + (r.normalized() ? ", normalized" : "") + groups + scale;
  }
}
