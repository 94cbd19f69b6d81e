package dev.puna.engine;

import dev.puna.model.GenerationConfig;
import dev.puna.tensor.PunaException;
import java.util.Map;

/**
 * How the next token is drawn from the logits x. What there is goes in this order, each working on
 * what the one before has left:
 *
 * <ol>
 *   <li>bias b: x becomes x + b of that token; negative infinity bans it;
 *   <li>{@link Penalties}, for what the text holds already: repetition, frequency and presence,
 *       DRY, banned n-grams;
 *   <li>temperature T: the probabilities are those of x / T; with 0 the likeliest token is taken,
 *       and nothing below applies;
 *   <li>the {@link Truncation} of unlikely tokens: {@link Cuts} in their order, or {@link
 *       Mirostat};
 *   <li>the draw, by the probabilities of what is left. One token always is: where everything is
 *       banned, penalties ban nothing.
 * </ol>
 *
 * <p>Randomness has no history: the number that decides a token is a function of the seed and the
 * count of tokens before it, the prompt's included. So a text that is interrupted and continued, or
 * computed beside others, draws what it would have drawn alone.
 *
 * <p>Each setting has a method: {@code Sampling.greedy().repetitionPenalty(1.2)}.
 *
 * @param temperature 0 takes the likeliest token
 * @param bias what is added to the logits of some tokens, from -1e6 to 1e6 or negative infinity
 * @param seed the same seed gives the same text
 */
public record Sampling(
    double temperature,
    Penalties penalties,
    Truncation truncation,
    Map<Integer, Float> bias,
    long seed) {

  public Sampling {
    check(temperature >= 0 && temperature < 1e6, "temperature", temperature, "0 or more");
    bias = Map.copyOf(bias);
    bias.forEach(
        (token, b) -> {
          check(token >= 0, "a token with a bias", token, "0 or more");
          check(
              Math.abs(b) <= 1e6 || b == Float.NEGATIVE_INFINITY,
              "the bias of token " + token,
              b,
              "from -1e6 to 1e6, or -inf to ban it");
        });
  }

  /** Without penalties, cut by top-k and top-p only. */
  public Sampling(double temperature, int topK, double topP, long seed) {
    this(temperature, Penalties.NONE, Cuts.NONE.topK(topK).topP(topP), Map.of(), seed);
  }

  static void check(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new PunaException(name + " is " + value, "it must be " + range);
    }
  }

  /** Always the likeliest token. */
  public static Sampling greedy() {
    return new Sampling(0, 0, 1, 0);
  }

  /** What the checkpoint recommends, and otherwise what reads well for most models. */
  public static Sampling recommended(GenerationConfig config, long seed) {
    return new Sampling(
            config.temperature().orElse(0.8),
            config.topK().orElse(40),
            config.topP().orElse(0.95),
            seed)
        .repetitionPenalty(config.repetitionPenalty().orElse(1.0));
  }

  public Sampling temperature(double to) {
    return new Sampling(to, penalties, truncation, bias, seed);
  }

  public Sampling seed(long to) {
    return new Sampling(temperature, penalties, truncation, bias, to);
  }

  /**
   * The sampling of the i-th of several texts that continue one prompt: its seed is made of this
   * one's and i.
   *
   * @param i from 0, which keeps the seed
   */
  public Sampling forSample(int i) {
    check(i >= 0, "the number of a sample", i, "0 or more");
    return seed(Uniform.seed(seed, i));
  }

  /** In the place of all biases so far. */
  public Sampling bias(Map<Integer, Float> to) {
    return new Sampling(temperature, penalties, truncation, to, seed);
  }

  public Sampling penalties(Penalties to) {
    return new Sampling(temperature, to, truncation, bias, seed);
  }

  /** In the place of all cuts so far, or of Mirostat. */
  public Sampling truncation(Truncation to) {
    return new Sampling(temperature, penalties, to, bias, seed);
  }

  // ---- penalties ----

  public Sampling repetitionPenalty(double to) {
    return penalties(penalties.repetition(to));
  }

  public Sampling frequencyPenalty(double to) {
    return penalties(penalties.frequency(to));
  }

  public Sampling presencePenalty(double to) {
    return penalties(penalties.presence(to));
  }

  public Sampling repeatLastN(int to) {
    return penalties(penalties.lastN(to));
  }

  public Sampling dry(Dry to) {
    return penalties(penalties.dry(to));
  }

  public Sampling noRepeatNgram(int to) {
    return penalties(penalties.noRepeatNgram(to));
  }

  // ---- truncation ----

  public Sampling topNSigma(double to) {
    return truncation(cuts("top-n-sigma").topNSigma(to));
  }

  public Sampling topK(int to) {
    return truncation(cuts("top-k").topK(to));
  }

  public Sampling topP(double to) {
    return truncation(cuts("top-p").topP(to));
  }

  public Sampling minP(double to) {
    return truncation(cuts("min-p").minP(to));
  }

  public Sampling typical(double to) {
    return truncation(cuts("typical").typical(to));
  }

  public Sampling epsilon(double to) {
    return truncation(cuts("epsilon").epsilon(to));
  }

  public Sampling eta(double to) {
    return truncation(cuts("eta").eta(to));
  }

  public Sampling xtc(Xtc to) {
    return truncation(cuts("XTC").xtc(to));
  }

  /** In the place of all cuts. */
  public Sampling mirostat(double tau, double eta) {
    return truncation(new Mirostat(tau, eta));
  }

  private Cuts cuts(String wanted) {
    return switch (truncation) {
      case Cuts cuts -> cuts;
      case Mirostat m ->
          throw new PunaException(
              wanted + " beside Mirostat", "it cuts by itself: leave one of them out");
    };
  }

  // ---- use ----

  /** {@link #filter(float[], int[], int)} of a text that has been generated altogether. */
  public float[] filter(float[] logits, int[] context) {
    return filter(logits, context, 0);
  }

  /**
   * The logits that are drawn from, as a new array, [V]: penalized, divided by the temperature,
   * negative infinity where cut. Temperature 0 leaves them unscaled and uncut. Mirostat cuts as it
   * does for the first token.
   *
   * @param logits of one token, [V]
   * @param context the tokens so far, which the penalties look at
   * @param begun tokens of the prompt, which the context begins with
   * @throws PunaException if the context or the bias holds an id that has no logit
   */
  public float[] filter(float[] logits, int[] context, int begun) {
    if (context.length > 0) {
      RequestChecks.checkPrompt(context, logits.length);
    }
    checkTokens(logits.length);
    return new LogitFilters(this).apply(logits, context, context.length, begun);
  }

  /**
   * That tokens with a bias are there.
   *
   * @param vocab tokens of the model
   */
  void checkTokens(int vocab) {
    for (int token : bias.keySet()) {
      check(token < vocab, "a token with a bias", token, "less than the vocabulary of " + vocab);
    }
  }
}
