package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * What there is to say about a layer: each fact as a short value for programs to compare, and as a
 * sentence for people.
 */
enum LayerFact {
  NORMALIZATION("normalization") {
    @Override
    Object value(Spec.Layer layer) {
      String mix = name(pre(layer));
      String ffn = name(preFfn(layer));
      return mix.equals(ffn) ? mix : mix + ", " + ffn;
    }

    @Override
    String sentence(Spec.Layer layer) {
      return pre(layer).equals(preFfn(layer))
          ? "%s before each part, epsilon %s".formatted(name(pre(layer)), epsilon(layer))
          : "%s before attention, %s before the feed-forward part"
              .formatted(sentence(pre(layer)), sentence(preFfn(layer)));
    }

    private static String epsilon(Spec.Layer layer) {
      return Quantity.scientific(pre(layer).epsilon());
    }

    private static String sentence(Normalization n) {
      return "%s (epsilon %s)".formatted(name(n), Quantity.scientific(n.epsilon()));
    }
  },

  POSITION("position") {
    @Override
    Object value(Spec.Layer layer) {
      return "RoPE";
    }

    @Override
    String sentence(Spec.Layer layer) {
      Rotation rotation = rotation(layer);
      int head = attention(layer).heads().size();
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
  },

  PAIRING("rope_pairs") {
    @Override
    Object value(Spec.Layer layer) {
      return switch (rotation(layer).pairing()) {
        case HALVES -> "halves";
        case ADJACENT -> "adjacent";
      };
    }

    @Override
    String sentence(Spec.Layer layer) {
      Rotation rotation = rotation(layer);
      return switch (rotation.pairing()) {
        case HALVES ->
            "columns i and i + %d of a head turn together".formatted(rotation.size() / 2);
        case ADJACENT -> "columns 2i and 2i + 1 of a head turn together";
      };
    }
  },

  ATTENTION("attention") {
    @Override
    Object value(Spec.Layer layer) {
      return sharing(attention(layer).heads());
    }

    @Override
    String sentence(Spec.Layer layer) {
      Heads h = attention(layer).heads();
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
  },

  MASK("mask") {
    @Override
    Object value(Spec.Layer layer) {
      return switch (attention(layer).mask()) {
        case Mask.Causal causal -> "causal";
        case Mask.Sliding sliding -> "sliding window";
        case Mask.Prefix prefix -> "prefix";
      };
    }

    @Override
    String sentence(Spec.Layer layer) {
      return switch (attention(layer).mask()) {
        case Mask.Causal causal -> "causal: a token sees itself and all earlier ones";
        case Mask.Sliding sliding ->
            "sliding window: a token sees itself and the %s before it"
                .formatted(Quantity.exact(sliding.window() - 1));
        case Mask.Prefix prefix -> "a token sees the prefix, itself and all earlier ones";
      };
    }
  },

  ACTIVATION("activation") {
    @Override
    Object value(Spec.Layer layer) {
      return switch (dense(layer).activation()) {
        case SILU -> "SwiGLU";
        case GELU, GELU_TANH -> "GeGLU";
        case RELU -> "ReGLU";
        default -> "GLU";
      };
    }

    @Override
    String sentence(Spec.Layer layer) {
      String gated = "down(%s(gate(x)) ⊙ up(x))";
      return switch (dense(layer).activation()) {
        case SILU -> "SwiGLU: " + gated.formatted("SiLU");
        case GELU -> "GELU, gated (GeGLU): " + gated.formatted("GELU");
        case GELU_TANH -> "GELU by tanh, gated (GeGLU): " + gated.formatted("GELU");
        case RELU -> "ReLU, gated (ReGLU): " + gated.formatted("ReLU");
        default -> "gated";
      };
    }
  },

  HEADS("heads") {
    @Override
    Object value(Spec.Layer layer) {
      return attention(layer).heads().query();
    }
  },

  KV_HEADS("kv_heads") {
    @Override
    Object value(Spec.Layer layer) {
      return attention(layer).heads().kv();
    }
  },

  HEAD_SIZE("head_size") {
    @Override
    Object value(Spec.Layer layer) {
      return attention(layer).heads().size();
    }
  },

  FEED_FORWARD("feed_forward") {
    @Override
    Object value(Spec.Layer layer) {
      return dense(layer).hidden();
    }

    @Override
    String sentence(Spec.Layer layer) {
      return Quantity.exact(dense(layer).hidden()) + " columns";
    }
  },

  BIASES("biases") {
    @Override
    Object value(Spec.Layer layer) {
      return biased(layer);
    }

    @Override
    String sentence(Spec.Layer layer) {
      List<String> biased = biased(layer);
      return biased.isEmpty() ? "none" : String.join("; ", biased);
    }

    private static List<String> biased(Spec.Layer layer) {
      List<String> biased = new ArrayList<>();
      if (attention(layer).bias()) {
        biased.add("query, key and value projections");
      }
      if (attention(layer).outBias()) {
        biased.add("attention's output projection");
      }
      if (dense(layer).bias()) {
        biased.add("feed-forward projections");
      }
      return Collections.unmodifiableList(biased);
    }
  };

  private final String key;

  LayerFact(String key) {
    this.key = key;
  }

  /** Its name in JSON. */
  String key() {
    return key;
  }

  /** A text, a number or a list of texts. */
  abstract Object value(Spec.Layer layer);

  /** The same for people to read. */
  String sentence(Spec.Layer layer) {
    return String.valueOf(value(layer));
  }

  static Spec.Attention attention(Spec.Layer layer) {
    return (Spec.Attention) layer.mixer();
  }

  static Normalization pre(Spec.Layer layer) {
    return Objects.requireNonNull(layer.preMix());
  }

  static Normalization preFfn(Spec.Layer layer) {
    return Objects.requireNonNull(layer.preFfn());
  }

  static Rotation rotation(Spec.Layer layer) {
    return attention(layer).rotations().getFirst();
  }

  static Spec.Dense dense(Spec.Layer layer) {
    return (Spec.Dense) layer.ffn();
  }

  static String name(Normalization normalization) {
    return switch (normalization) {
      case Normalization.Rms rms -> "RMSNorm";
      case Normalization.Layer layer -> "LayerNorm";
      case Normalization.PlainRms rms -> "RMSNorm";
      case Normalization.PlainLayer layer -> "LayerNorm";
    };
  }

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

  /** How query heads share key and value heads; a single head of all is multi-head. */
  static String sharing(Heads heads) {
    return heads.kv() == heads.query() ? "MHA" : heads.kv() == 1 ? "MQA" : "GQA";
  }

  /** The scaling in words, empty if there is none. */
  static String scaling(RopeScaling scaling) {
    return switch (scaling) {
      case RopeScaling.None none -> "";
      case RopeScaling.Linear s -> "positions divided by " + Quantity.plain(s.factor());
      case RopeScaling.Dynamic s ->
          "dynamic NTK, factor %s beyond %s tokens"
              .formatted(Quantity.plain(s.factor()), Quantity.exact(s.trained()));
      case RopeScaling.Llama3 s ->
          "long wavelengths stretched %s times beyond %s tokens"
              .formatted(Quantity.plain(s.factor()), Quantity.exact(s.trained()));
      case RopeScaling.Half s -> "";
      case RopeScaling.Stepped s -> "NTK";
      case RopeScaling.LongRope s -> "LongRoPE";
      case RopeScaling.Yarn s ->
          "YaRN, factor %s beyond %s tokens"
              .formatted(Quantity.plain(s.factor()), Quantity.exact(s.trained()));
      case RopeScaling.Divided s ->
          "frequencies divided by %s to %s"
              .formatted(
                  Quantity.plain(Collections.min(s.divisors())),
                  Quantity.plain(Collections.max(s.divisors())));
    };
  }
}
