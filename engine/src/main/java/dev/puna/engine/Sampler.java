package dev.puna.engine;

/**
 * Draws the tokens of one text. Of what it has drawn it remembers nothing but Mirostat's μ. Keeps
 * its buffers, so that a token costs no allocation. Not for several threads at once.
 */
public final class Sampler {
  private static final int[] NOTHING = {};

  private final Sampling sampling;
  private final LogitFilters filters;
  private final Likeliest likeliest = new Likeliest();
  private double mu;
  private int dropped;

  /** For a text that begins. */
  public Sampler(Sampling sampling) {
    this.sampling = sampling;
    filters = new LogitFilters(sampling);
    mu = sampling.truncation() instanceof Mirostat mirostat ? 2 * mirostat.tau() : 0;
  }

  /** The next token of a text that has none yet. */
  public int next(float[] logits) {
    return next(logits, NOTHING, 0);
  }

  /** The next token of a text that has been generated altogether. */
  public int next(float[] logits, int[] text, int length) {
    return next(logits, text, length, 0);
  }

  /**
   * The next token.
   *
   * @param logits the model's, [V], finite or negative infinity; left as they are
   * @param text the tokens so far, the prompt's included; the first {@code length} count
   * @param begun tokens of the prompt
   */
  public int next(float[] logits, int[] text, int length, int begun) {
    float[] row = filters.penalized(logits, text, length, begun);
    if (sampling.temperature() == 0) {
      int best = likeliest.of(row);
      return row[best] == Float.NEGATIVE_INFINITY ? unbanned(logits) : best;
    }
    int position = dropped + length;
    Candidates left = filters.cut(logits, row, position);
    if (left.count() == 0) {
      return unbanned(logits);
    }
    double at = Uniform.at(sampling.seed(), position, Uniform.Purpose.TOKEN);
    return left.token(
        switch (sampling.truncation()) {
          case Cuts cuts -> left.draw(at);
          case Mirostat mirostat -> draw(mirostat, left, at);
        });
  }

  private int draw(Mirostat mirostat, Candidates left, double at) {
    double total = left.total();
    filters.cutSurprise(mu);
    int place = left.draw(at);
    double surprise = Math.log(total / left.weight(place)) / Math.log(2);
    mu -= mirostat.eta() * (surprise - mirostat.tau());
    return place;
  }

  /** Where every token is banned no penalty bans any; if that is not enough, no bias does. */
  private int unbanned(float[] logits) {
    float[] biased = filters.biased(logits);
    int best = likeliest.of(biased);
    return biased[best] == Float.NEGATIVE_INFINITY ? likeliest.of(logits) : best;
  }

  /** Notes that tokens were taken out of the text, which still count for the draws to come. */
  void slid(int tokens) {
    dropped += tokens;
  }

  /**
   * Mirostat's μ, in bits: all there is to keep of a sampler, for one that goes on in its place.
   */
  public double mu() {
    return mu;
  }

  /** Goes on with the μ of another sampler. */
  public void mu(double to) {
    mu = to;
  }
}
