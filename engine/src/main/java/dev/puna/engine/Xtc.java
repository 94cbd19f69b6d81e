package dev.puna.engine;

/**
 * Excludes top choices, so that texts are less predictable (p-e-w 2024: text-generation-webui's
 * pull request 6335): with the given probability, thrown anew for each token, of the tokens with p
 * ≥ t only the least likely is kept, and all that are less likely than t. Where fewer than two
 * reach t nothing happens.
 *
 * @param threshold t
 * @param probability how often it happens; 0 never
 */
public record Xtc(double threshold, double probability) {
  /** Excludes nothing. */
  public static final Xtc NONE = new Xtc(0.1, 0);

  public Xtc {
    Sampling.check(
        threshold > 0 && threshold <= 1, "XTC's threshold", threshold, "more than 0 and at most 1");
    Sampling.check(
        probability >= 0 && probability <= 1, "XTC's probability", probability, "from 0 to 1");
  }
}
