package dev.puna.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A model's way in and its way out, and the order in which it reads. */
final class HeadFacts {
  private HeadFacts() {}

  /** What the rows become; the projection first, then what happens to scores. */
  static String sentence(Spec spec) {
    return switch (spec.head()) {
      case Spec.Logits logits -> {
        List<String> words = new ArrayList<>();
        words.add(
            logits.tied()
                ? "tied: the embedding table serves as the output projection"
                : "an output projection of its own");
        words.addAll(particulars(logits));
        yield String.join("; ", words);
      }
      case Spec.Pooled pooled ->
          pooled.dense()
              ? "none: its rows are a text's vector; the first also passes a layer with tanh"
              : "none: its rows are a text's vector";
    };
  }

  private static List<String> particulars(Spec.Logits logits) {
    List<String> words = new ArrayList<>();
    if (logits.unit()) {
      words.add("rows of length 1 (NormHead)");
    }
    if (logits.bias()) {
      words.add("a bias");
    }
    if (logits.scale() != 1) {
      words.add("scores times " + NormFacts.number(logits.scale()));
    }
    if (logits.cap() != 0) {
      words.add("scores soft-capped at " + NormFacts.number(logits.cap()));
    }
    return words;
  }

  static Map<String, Object> json(Spec spec) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (spec.head()) {
      case Spec.Logits logits -> {
        json.put("kind", "logits");
        json.put("tied", logits.tied());
        json.put("bias", logits.bias());
        json.put("norm_head", logits.unit());
        json.put("scale", logits.scale());
        json.put("soft_cap", logits.cap());
      }
      case Spec.Pooled pooled -> {
        json.put("kind", "pooled");
        json.put("dense", pooled.dense());
      }
    }
    return json;
  }

  /** What happens to a token's row before the first layer; empty if nothing. */
  static List<String> embedding(Embedding e, int width) {
    List<String> words = new ArrayList<>();
    if (e.columns() != 0) {
      words.add(
          "%s columns, projected to %s"
              .formatted(Quantity.exact(e.columns()), Quantity.exact(width)));
    }
    if (e.scale() != 1) {
      words.add("times " + NormFacts.number(e.scale()));
    }
    if (e.segments() > 0) {
      words.add("a row for each of %d kinds of text is added".formatted(e.segments()));
    }
    if (e.norm() != null) {
      words.add(NormFacts.name(e.norm()) + " of the sum");
    }
    return words;
  }

  static String reading(Spec spec) {
    return switch (spec.reading()) {
      case Reading.LeftToRight r ->
          spec.source() == null ? "left to right" : "encoder, then decoder";
      case Reading.AtOnce r -> "at once";
      case Reading.BlankFilling r -> "blank filling";
    };
  }

  static String readingSentence(Spec spec) {
    return switch (spec.reading()) {
      case Reading.LeftToRight r ->
          spec.source() == null
              ? "from left to right"
              : "the source at once by the encoder, the target from left to right by the decoder";
      case Reading.AtOnce r -> "at once: an encoder";
      case Reading.BlankFilling r ->
          "blank filling: the prompt at once, then the blank from left to right"
              + (r.twoPlaces() ? ", its tokens counted by a second place" : "");
    };
  }
}
