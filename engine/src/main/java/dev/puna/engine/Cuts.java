package dev.puna.engine;

/**
 * Cuts by rules that look at one token's probabilities alone, in this order. Each works on what the
 * one before has left, with p renormalized and H = -Σ p ln p its entropy, in nats:
 *
 * <ol>
 *   <li>top-n-sigma: x ≥ max x - n σ, where σ is the standard deviation of the model's logits,
 *       before bias and penalties, which would drown it (Tang et al. 2024);
 *   <li>top-k: the k likeliest, and what is as likely as the last of them (Fan et al. 2018);
 *   <li>top-p: the fewest likeliest that hold p of the probability (nucleus sampling, Holtzman et
 *       al. 2019);
 *   <li>min-p: p ≥ m · max p (Nguyen et al. 2024);
 *   <li>typical: those whose information is nearest to the expected one, |-ln p - H| smallest, as
 *       far as needed to hold the given probability (Meister et al. 2022: locally typical
 *       sampling);
 *   <li>epsilon: p ≥ ε (Hewitt et al. 2022: truncation sampling as desmoothing);
 *   <li>eta: p ≥ min(ε, √ε · exp(-H)) (the same);
 *   <li>{@link Xtc}, the one that takes from the top.
 * </ol>
 *
 * <p>The likeliest token survives all but typical, which may find it too likely, and XTC.
 *
 * @param topNSigma n, 0 keeps all
 * @param topK 0 keeps all
 * @param topP 1 keeps all
 * @param minP 0 keeps all
 * @param typical 1 keeps all
 * @param epsilon 0 keeps all
 * @param eta 0 keeps all
 */
public record Cuts(
    double topNSigma,
    int topK,
    double topP,
    double minP,
    double typical,
    double epsilon,
    double eta,
    Xtc xtc)
    implements Truncation {
  /** Keeps all. */
  public static final Cuts NONE = new Cuts(0, 0, 1, 0, 1, 0, 0, Xtc.NONE);

  public Cuts {
    Sampling.check(topNSigma >= 0 && topNSigma < 1e6, "top-n-sigma", topNSigma, "0 or more");
    Sampling.check(topK >= 0, "top-k", topK, "0 or more");
    Sampling.check(topP > 0 && topP <= 1, "top-p", topP, "more than 0 and at most 1");
    Sampling.check(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
    Sampling.check(typical > 0 && typical <= 1, "typical", typical, "more than 0 and at most 1");
    Sampling.check(epsilon >= 0 && epsilon < 1, "epsilon", epsilon, "0 or more and less than 1");
    Sampling.check(eta >= 0 && eta < 1, "eta", eta, "0 or more and less than 1");
  }

  public Cuts topNSigma(double to) {
    return new Cuts(to, topK, topP, minP, typical, epsilon, eta, xtc);
  }

  public Cuts topK(int to) {
    return new Cuts(topNSigma, to, topP, minP, typical, epsilon, eta, xtc);
  }

  public Cuts topP(double to) {
    return new Cuts(topNSigma, topK, to, minP, typical, epsilon, eta, xtc);
  }

  public Cuts minP(double to) {
    return new Cuts(topNSigma, topK, topP, to, typical, epsilon, eta, xtc);
  }

  public Cuts typical(double to) {
    return new Cuts(topNSigma, topK, topP, minP, to, epsilon, eta, xtc);
  }

  public Cuts epsilon(double to) {
    return new Cuts(topNSigma, topK, topP, minP, typical, to, eta, xtc);
  }

  public Cuts eta(double to) {
    return new Cuts(topNSigma, topK, topP, minP, typical, epsilon, to, xtc);
  }

  public Cuts xtc(Xtc to) {
    return new Cuts(topNSigma, topK, topP, minP, typical, epsilon, eta, to);
  }
}
