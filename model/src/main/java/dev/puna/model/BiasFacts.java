package dev.puna.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which projections of a layer have a bias. */
final class BiasFacts {
  private BiasFacts() {}

  static List<String> value(Stack stack, Spec.Layer layer) {
    List<String> biased = new ArrayList<>();
    mixer(layer.mixer(), biased);
    if (layer.cross() != null && layer.cross().bias()) {
      biased.add("cross-attention's projections");
    }
    boolean ffn =
        switch (layer.ffn()) {
          case Spec.Dense d -> d.bias();
          case Spec.Mlp m -> m.bias();
          case Spec.Experts e -> e.bias();
          case Spec.None none -> false;
        };
    if (ffn) {
      biased.add(
          layer.ffn() instanceof Spec.Experts ? "router and experts" : "feed-forward projections");
    }
    return Collections.unmodifiableList(biased);
  }

  private static void mixer(Spec.Mixer mixer, List<String> biased) {
    switch (mixer) {
      case Spec.Attention a -> {
        add(biased, a.bias(), "query, key and value projections");
        add(biased, a.outBias(), "attention's output projection");
      }
      case Spec.LatentAttention a -> add(biased, a.bias(), "projections to latent rows");
      case Spec.Mamba m -> {
        add(biased, m.bias(), "state space's projections");
        add(biased, m.convBias(), "convolution");
      }
      case Spec.Mamba2 m -> {
        add(biased, m.bias(), "state space's projections");
        add(biased, m.convBias(), "convolution");
      }
    }
  }

  private static void add(List<String> biased, boolean has, String what) {
    if (has) {
      biased.add(what);
    }
  }

  static String sentence(Stack stack, Spec.Layer layer) {
    List<String> biased = value(stack, layer);
    return biased.isEmpty() ? "none" : String.join("; ", biased);
  }
}
