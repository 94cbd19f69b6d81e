package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Gating;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import dev.puna.program.Routing;
import dev.puna.program.Scores;
import dev.puna.program.StateSpace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model is made of, as data. A model's name appears nowhere in here; what differs between
 * models is which parts they list.
 *
 * @param vocab V, number of tokens
 * @param width D, columns of the residual stream
 * @param context tokens that the model was trained to see at once
 * @param embedding from tokens to the residual stream
 * @param layers one entry per layer; equal layers share an instance, a model whose layers differ
 *     lists different ones
 * @param finalNorm of the last layer's rows; null where the layers end with one
 * @param head what becomes of the last layer's rows
 * @param reading in which order a text is read
 * @param source what this decoder attends to beside its own text; null without an encoder
 */
public record Spec(
    int vocab,
    int width,
    int context,
    Embedding embedding,
    List<Layer> layers,
    @Nullable Normalization finalNorm,
    Head head,
    Reading reading,
    @Nullable Encoder source) {
  public Spec {
    layers = List.copyOf(layers);
  }

  /** A decoder that reads from left to right, with nothing but tokens embedded. */
  public Spec(
      int vocab, int width, int context, List<Layer> layers, Normalization finalNorm, Head head) {
    this(vocab, width, context, Embedding.PLAIN, layers, finalNorm, head, Reading.LEFT_TO_RIGHT);
  }

  /** A decoder of its own text only. */
  public Spec(
      int vocab,
      int width,
      int context,
      Embedding embedding,
      List<Layer> layers,
      @Nullable Normalization finalNorm,
      Head head,
      Reading reading) {
    this(vocab, width, context, embedding, layers, finalNorm, head, reading, null);
  }

  public Spec reading(Reading other) {
    return new Spec(vocab, width, context, embedding, layers, finalNorm, head, other, source);
  }

  public Spec head(Head other) {
    return new Spec(vocab, width, context, embedding, layers, finalNorm, other, reading, source);
  }

  /** The same decoder attending to a source. */
  public Spec source(Encoder encoder) {
    return new Spec(vocab, width, context, embedding, layers, finalNorm, head, reading, encoder);
  }

  // ---- layers ----

  /**
   * One layer; a norm that is null is not there.
   *
   * @param preMix before the mixer
   * @param postMix behind it
   * @param cross between the mixer and the feed-forward part; null without a source
   * @param preFfn before the feed-forward part
   * @param postFfn behind it
   */
  public record Layer(
      @Nullable Normalization preMix,
      Mixer mixer,
      @Nullable Normalization postMix,
      @Nullable Cross cross,
      @Nullable Normalization preFfn,
      Ffn ffn,
      @Nullable Normalization postFfn,
      Residual residual) {
    /** x += mixer(norm(x)); x += ffn(norm(x)). */
    public Layer(Normalization preMix, Mixer mixer, Normalization preFfn, Ffn ffn) {
      this(preMix, mixer, null, null, preFfn, ffn, null, Sequential.PLAIN);
    }

    /** The same layer with norms behind its parts too. */
    public Layer behind(@Nullable Normalization mix, @Nullable Normalization ffnNorm) {
      return new Layer(preMix, mixer, mix, cross, preFfn, ffn, ffnNorm, residual);
    }

    public Layer residual(Residual other) {
      return new Layer(preMix, mixer, postMix, cross, preFfn, ffn, postFfn, other);
    }

    /** The same layer, both parts side by side behind one norm. */
    public Layer sharingNorm() {
      return new Layer(preMix, mixer, postMix, cross, null, ffn, postFfn, new Parallel());
    }

    /** The same layer, its norms behind the sums. */
    public Layer postNorm() {
      return new Layer(null, mixer, preMix, cross, null, ffn, preFfn, new PostNorm());
    }

    public Layer cross(Cross other) {
      return new Layer(preMix, mixer, postMix, other, preFfn, ffn, postFfn, residual);
    }
  }

  /** How a part's output joins the stream. */
  public sealed interface Residual {}

  /**
   * x += scale · mixer(norm(x)); x += scale · ffn(norm(x)).
   *
   * @param scale usually 1
   */
  public record Sequential(float scale) implements Residual {
    public static final Sequential PLAIN = new Sequential(1);
  }

  /** x += mixer(norm(x)) + ffn(norm(x)); without a norm of its own the ffn shares the mixer's. */
  public record Parallel() implements Residual {}

  /** n = norm(x); x = scale · n + mixer(n): the stream is what was normalized. */
  public record Normalized(float scale) implements Residual {}

  /** x = norm(x + mixer(x)): the original Transformer, whose norms stand behind its sums. */
  public record PostNorm() implements Residual {}

  /** How tokens exchange information. */
  public sealed interface Mixer permits Attention, LatentAttention, Mamba, Mamba2 {}

  /**
   * Scaled dot-product attention.
   *
   * @param rotations of queries and keys, one after the other
   * @param scores what becomes of a score beside the heads' scale
   * @param bias whether the query, key and value projections have one
   * @param outBias whether the output projection has one
   * @param qkNorm of queries and keys before they turn; may be null
   * @param clamp bound of queries, keys and values; 0: none
   * @param sinks whether each head has a score that takes part in the softmax and adds nothing
   */
  public record Attention(
      Heads heads,
      List<Rotation> rotations,
      Mask mask,
      Scores scores,
      boolean bias,
      boolean outBias,
      @Nullable QkNorm qkNorm,
      float clamp,
      boolean sinks)
      implements Mixer {
    public Attention {
      rotations = List.copyOf(rotations);
    }

    /** Causal attention with one rotation. */
    public Attention(Heads heads, Rotation rotation, Mask mask, boolean bias, boolean outBias) {
      this(heads, List.of(rotation), mask, Scores.PLAIN, bias, outBias, null, 0, false);
    }

    /** Causal attention without rotation. */
    public Attention(Heads heads, Scores scores, boolean bias, boolean outBias) {
      this(heads, List.of(), new Mask.Causal(), scores, bias, outBias, null, 0, false);
    }

    public Attention heads(Heads other) {
      return new Attention(other, rotations, mask, scores, bias, outBias, qkNorm, clamp, sinks);
    }

    public Attention turned(Rotation... other) {
      return new Attention(
          heads, List.of(other), mask, scores, bias, outBias, qkNorm, clamp, sinks);
    }

    public Attention mask(Mask other) {
      return new Attention(heads, rotations, other, scores, bias, outBias, qkNorm, clamp, sinks);
    }

    public Attention scores(Scores other) {
      return new Attention(heads, rotations, mask, other, bias, outBias, qkNorm, clamp, sinks);
    }

    public Attention qkNorm(@Nullable QkNorm other) {
      return new Attention(heads, rotations, mask, scores, bias, outBias, other, clamp, sinks);
    }

    /**
     * @param limit 0: none
     */
    public Attention clamp(double limit) {
      float bound = (float) limit;
      return new Attention(heads, rotations, mask, scores, bias, outBias, qkNorm, bound, sinks);
    }

    public Attention withSinks() {
      return new Attention(heads, rotations, mask, scores, bias, outBias, qkNorm, clamp, true);
    }
  }

  /** Normalization of queries and keys. */
  public record QkNorm(Normalization kind, Span span) {
    /** What is normalized together, and by which gains. */
    public enum Span {
      /** Each head, by the same gains. */
      HEAD,
      /** Each head, by gains of its own. */
      EACH_HEAD,
      /** All heads at once. */
      WHOLE
    }
  }

  /**
   * Latent attention (DeepSeek-AI 2024): keys and values of all heads are made of one latent row,
   * which is what is kept. The matrices that would make them are applied to queries and outputs
   * instead.
   *
   * @param heads number of query heads
   * @param plain columns of a query that do not turn
   * @param rotation of the others
   * @param valueSize columns of a head's value
   * @param queryRank columns that queries are made of; 0: of the stream itself
   * @param rank columns of the latent row
   * @param norm of the latent rows
   * @param scale of the scores
   * @param bias whether the projections to latent rows and out have one
   */
  public record LatentAttention(
      int heads,
      int plain,
      Rotation rotation,
      int valueSize,
      int queryRank,
      int rank,
      Normalization norm,
      float scale,
      boolean bias)
      implements Mixer {}

  /**
   * A selective state space behind a short convolution (Gu and Dao 2023).
   *
   * @param stepRank columns that the steps Δ are made of
   * @param convolution rows that the convolution sees
   * @param convBias whether it has a bias
   * @param bias whether the projections in and out have one
   * @param norm of steps, inputs and outputs of the state; may be null
   */
  public record Mamba(
      StateSpace space,
      int stepRank,
      int convolution,
      boolean convBias,
      boolean bias,
      @Nullable Normalization norm)
      implements Mixer {}

  /**
   * Its successor with heads (Dao and Gu 2024).
   *
   * @param norm of the gated output, whole or group by group
   * @param normGroups groups that are normalized by themselves
   */
  public record Mamba2(
      StateSpace space,
      int convolution,
      boolean convBias,
      boolean bias,
      Normalization norm,
      int normGroups)
      implements Mixer {}

  /**
   * Attention to the source.
   *
   * @param norm before it, or behind the sum where the layer's norms stand there
   */
  public record Cross(Normalization norm, Heads heads, boolean bias) {}

  /** What each token does on its own. */
  public sealed interface Ffn permits Dense, Mlp, Experts, None {}

  /**
   * down(act(gate(x)) ⊙ up(x)): SwiGLU when the activation is SiLU (Shazeer 2020).
   *
   * @param hidden F, columns of the hidden layer
   */
  public record Dense(int hidden, Activation activation, boolean bias) implements Ffn {}

  /**
   * down(act(up(x))): the original Transformer's.
   *
   * @param hidden F, columns of the hidden layer
   */
  public record Mlp(int hidden, Activation activation, boolean bias) implements Ffn {}

  /**
   * A mixture of experts, each a gated layer of its own.
   *
   * @param hidden F, columns of an expert's hidden layer
   * @param biased whether a bias takes part in the choice
   * @param bias whether router and experts have biases
   * @param shared what every token passes as well; may be null
   */
  public record Experts(
      Routing routing,
      int hidden,
      Gating gating,
      boolean biased,
      boolean bias,
      @Nullable Shared shared)
      implements Ffn {
    /** Without biases, nor anything that every token passes. */
    public Experts(Routing routing, int hidden, Gating gating) {
      this(routing, hidden, gating, false, false, null);
    }
  }

  /**
   * An expert that every token passes.
   *
   * @param gated whether a gate of its own scales it
   */
  public record Shared(int hidden, Activation activation, boolean gated) {}

  /** Nothing: the mixer is all there is. */
  public record None() implements Ffn {}

  // ---- the way out ----

  /** What becomes of the last layer's rows. */
  public sealed interface Head permits Logits, Pooled {}

  /**
   * A score for each token of the vocabulary.
   *
   * @param tied whether the embedding table serves as the projection
   * @param bias whether a number is added to each score
   * @param unit whether the projection's rows have length 1 (NormHead, Yang et al. 2023)
   * @param scale factor of the scores
   * @param cap bound that they approach; 0: none
   */
  public record Logits(boolean tied, boolean bias, boolean unit, float scale, float cap)
      implements Head {
    public Logits(boolean tied) {
      this(tied, false, 1, 0);
    }

    public Logits(boolean tied, boolean bias, float scale, float cap) {
      this(tied, bias, false, scale, cap);
    }

    /** The same over rows of length 1. */
    public Logits unitRows() {
      return new Logits(tied, bias, true, scale, cap);
    }
  }

  /**
   * The rows themselves, for a text's vector.
   *
   * @param dense whether the first row also passes a layer of its own, with a bias and tanh
   */
  public record Pooled(boolean dense) implements Head {}

  /**
   * The encoder that a decoder attends to.
   *
   * @param context tokens that it sees at most
   * @param layers as the decoder's
   * @param finalNorm of the last layer's rows; may be null
   */
  public record Encoder(
      int context, Embedding embedding, List<Layer> layers, @Nullable Normalization finalNorm) {
    public Encoder {
      layers = List.copyOf(layers);
    }
  }
}
