package dev.puna.engine;

import dev.puna.model.GenerationConfig;
import dev.puna.tensor.PunaException;

/**
 * How the next token is drawn from the logits x, in this order: penalties, temperature, cuts. Each
 * works on what the one before has left; with p the softmax and H = -Σ p ln p its entropy, in nats:
 *
 * <ol>
 *   <li>repetition penalty r: x becomes x / r where x ≥ 0, x · r where x &lt; 0, for tokens that
 *       the context holds (Keskar et al. 2019: CTRL);
 *   <li>n-gram ban: no token that would complete an n-gram which the context holds already (Paulus
 *       et al. 2017);
 *   <li>temperature T: x / T; with 0 the likeliest token is taken, and nothing below applies;
 *   <li>top-k: the k likeliest (Fan et al. 2018);
 *   <li>top-p: the fewest likeliest that hold p of the probability (nucleus sampling, Holtzman et
 *       al. 2019);
 *   <li>min-p: p ≥ m · max p (Nguyen et al. 2024);
 *   <li>typical: those whose information is nearest to the expected one, |-ln p - H| smallest, as
 *       far as needed to hold the given probability (Meister et al. 2022: locally typical
 *       sampling);
 *   <li>epsilon: p ≥ ε (Hewitt et al. 2022: truncation sampling as desmoothing);
 *   <li>eta: p ≥ min(ε, √ε · exp(-H)) (the same).
 * </ol>
 *
 * <p>One token is always left. What is new beside temperature, top-k, top-p and the seed is set by
 * methods: {@code Sampling.greedy().repetitionPenalty(1.2)}.
 *
 * @param temperature 0 takes the likeliest token
 * @param topK 0 keeps all
 * @param topP 1 keeps all
 * @param minP 0 keeps all
 * @param typical 1 keeps all
 * @param epsilon 0 keeps all
 * @param eta 0 keeps all
 * @param repetitionPenalty 1 changes nothing, more discourages, less encourages
 * @param noRepeatNgram n, in tokens; 0 bans nothing
 * @param seed the same seed gives the same text
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    double typical,
    double epsilon,
    double eta,
    double repetitionPenalty,
    int noRepeatNgram,
    long seed) {

  public Sampling {
    check(temperature >= 0 && temperature < 1e6, "temperature", temperature, "0 or more");
    check(topK >= 0, "top-k", topK, "0 or more");
    check(topP > 0 && topP <= 1, "top-p", topP, "more than 0 and at most 1");
    check(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
    check(typical > 0 && typical <= 1, "typical", typical, "more than 0 and at most 1");
    check(epsilon >= 0 && epsilon < 1, "epsilon", epsilon, "0 or more and less than 1");
    check(eta >= 0 && eta < 1, "eta", eta, "0 or more and less than 1");
    check(
        repetitionPenalty > 0 && repetitionPenalty < 1e6,
        "the repetition penalty",
        repetitionPenalty,
        "more than 0; 1 is none");
    check(noRepeatNgram >= 0, "the n-gram that may not repeat", noRepeatNgram, "0 or more tokens");
  }

  /** Without penalties, cut by top-k and top-p only. */
  public Sampling(double temperature, int topK, double topP, long seed) {
    this(temperature, topK, topP, 0, 1, 0, 0, 1, 0, seed);
  }

  private static void check(boolean holds, String name, Number value, String range) {
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
    return new Sampling(
        to, topK, topP, minP, typical, epsilon, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling topK(int to) {
    return new Sampling(
        temperature, to, topP, minP, typical, epsilon, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling topP(double to) {
    return new Sampling(
        temperature, topK, to, minP, typical, epsilon, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling minP(double to) {
    return new Sampling(
        temperature, topK, topP, to, typical, epsilon, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling typical(double to) {
    return new Sampling(
        temperature, topK, topP, minP, to, epsilon, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling epsilon(double to) {
    return new Sampling(
        temperature, topK, topP, minP, typical, to, eta, repetitionPenalty, noRepeatNgram, seed);
  }

  public Sampling eta(double to) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        typical,
        epsilon,
        to,
        repetitionPenalty,
        noRepeatNgram,
        seed);
  }

  public Sampling repetitionPenalty(double to) {
    return new Sampling(
        temperature, topK, topP, minP, typical, epsilon, eta, to, noRepeatNgram, seed);
  }

  public Sampling noRepeatNgram(int to) {
    return new Sampling(
        temperature, topK, topP, minP, typical, epsilon, eta, repetitionPenalty, to, seed);
  }

  public Sampling forSample(int i) {
    return seed(seed + i);
  }

  public Sampling seed(long to) {
    return new Sampling(
        temperature, topK, topP, minP, typical, epsilon, eta, repetitionPenalty, noRepeatNgram, to);
  }

  /**
   * The logits that are drawn from, as a new array, [V]: penalized, divided by the temperature,
   * negative infinity where cut. Temperature 0 leaves them unscaled and uncut.
   *
   * @param logits of one token, [V]
   * @param context the tokens so far, which the penalties look at
   * @throws PunaException if the context holds an id that has no logit
   */
  public float[] filter(float[] logits, int[] context) {
    if (context.length > 0) {
      Engine.checkPrompt(context, logits.length);
    }
    return new LogitFilters(this).apply(logits, context, context.length);
  }

  /** Whether temperature, top-k and top-p are all there is. */
  boolean onlyNucleus() {
    return minP == 0
        && typical == 1
        && epsilon == 0
        && eta == 0
        && repetitionPenalty == 1
        && noRepeatNgram == 0;
  }
}
