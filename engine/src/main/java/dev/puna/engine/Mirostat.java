package dev.puna.engine;

/**
 * Keeps a text's average surprise near a wanted one (Basu et al. 2020: Mirostat, the second,
 * simpler algorithm of the paper). With p the probabilities after the temperature, a token's
 * surprise is s = -log2 p, in bits. Before each draw tokens with s &gt; μ are cut, but for the
 * likeliest; after it μ becomes μ - η (s - τ), s being the surprise of what was drawn. μ begins as
 * 2 τ.
 *
 * <p>The surprise is that under all of p, as in the paper, not under what the cut has left of it:
 * so the average holds for the text as the model sees it.
 *
 * @param tau τ, the wanted surprise, in bits
 * @param eta η, how fast μ follows
 */
public record Mirostat(double tau, double eta) implements Truncation {
  public Mirostat {
    Sampling.check(tau > 0 && tau <= 100, "Mirostat's tau", tau, "more than 0 and at most 100");
    Sampling.check(eta > 0 && eta <= 1, "Mirostat's eta", eta, "more than 0 and at most 1");
  }

  /** Follows by a tenth. */
  public Mirostat(double tau) {
    this(tau, 0.1);
  }
}
