package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.List;

/**
 * What a decoder is made of, as data. A model's name appears nowhere in here; what differs between
 * models is which parts they list.
 *
 * @param vocab V, number of tokens
 * @param width D, columns of the residual stream
 * @param context tokens that the model was trained to see at once
 * @param layers one entry per layer; equal layers share an instance, a model whose layers differ
 *     lists different ones
 */
public record Spec(
    int vocab, int width, int context, List<Layer> layers, Normalization finalNorm, Head head) {
  public Spec {
    layers = List.copyOf(layers);
  }

  /**
   * One layer: x += mixer(norm(x)); x += ffn(norm(x)).
   *
   * @param preMix normalization before the mixer
   * @param preFfn normalization before the feed-forward part
   */
  public record Layer(Normalization preMix, Mixer mixer, Normalization preFfn, Ffn ffn) {}

  /** How tokens exchange information. */
  public sealed interface Mixer permits Attention {}

  /**
   * Scaled dot-product attention over rotated queries and keys.
   *
   * @param bias whether the query, key and value projections have one
   * @param outBias whether the output projection has one
   */
  public record Attention(Heads heads, Rotation rotation, Mask mask, boolean bias, boolean outBias)
      implements Mixer {}

  /** What each token does on its own. */
  public sealed interface Ffn permits Dense {}

  /**
   * down(act(gate(x)) ⊙ up(x)): SwiGLU when the activation is SiLU (Shazeer 2020).
   *
   * @param hidden F, columns of the hidden layer
   */
  public record Dense(int hidden, Activation activation, boolean bias) implements Ffn {}

  /** What becomes of the last layer's rows. */
  public sealed interface Head permits Logits {}

  /**
   * A score for each token of the vocabulary.
   *
   * @param tied whether the embedding table serves as the projection
   */
  public record Logits(boolean tied) implements Head {}
}
