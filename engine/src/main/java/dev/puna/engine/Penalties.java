package dev.puna.engine;

/**
 * What makes tokens less likely that the text holds already, in this order. With x a token's logit
 * and c how often it has been generated:
 *
 * <ol>
 *   <li>repetition penalty r: x becomes x / r where x ≥ 0, x · r where x &lt; 0, for tokens that
 *       the text holds, the prompt included (Keskar et al. 2019: CTRL);
 *   <li>frequency penalty f: x - c f; the prompt does not count (OpenAI's API reference);
 *   <li>presence penalty a: x - a where c &gt; 0 (the same);
 *   <li>{@link Dry}, for tokens that would go on repeating a passage of the text;
 *   <li>n-gram ban: no token that would complete an n-gram which the text holds already, the prompt
 *       included (Paulus et al. 2017).
 * </ol>
 *
 * @param repetition r; 1 changes nothing, more discourages, less encourages
 * @param frequency f; 0 changes nothing, less than 0 encourages
 * @param presence a; 0 changes nothing, less than 0 encourages
 * @param lastN the first three look at the last so many tokens of the text; 0: at all
 * @param noRepeatNgram n, in tokens; 0 bans nothing
 */
public record Penalties(
    double repetition, double frequency, double presence, int lastN, Dry dry, int noRepeatNgram) {
  /** Changes nothing. */
  public static final Penalties NONE = new Penalties(1, 0, 0, 0, Dry.NONE, 0);

  public Penalties {
    Sampling.check(
        repetition > 0 && repetition < 1e6,
        "the repetition penalty",
        repetition,
        "more than 0; 1 is none");
    Sampling.check(
        Math.abs(frequency) <= 1000, "the frequency penalty", frequency, "from -1000 to 1000");
    Sampling.check(
        Math.abs(presence) <= 1000, "the presence penalty", presence, "from -1000 to 1000");
    Sampling.check(lastN >= 0, "how far back penalties look", lastN, "0 or more tokens");
    Sampling.check(
        noRepeatNgram >= 0, "the n-gram that may not repeat", noRepeatNgram, "0 or more tokens");
  }

  public Penalties repetition(double to) {
    return new Penalties(to, frequency, presence, lastN, dry, noRepeatNgram);
  }

  public Penalties frequency(double to) {
    return new Penalties(repetition, to, presence, lastN, dry, noRepeatNgram);
  }

  public Penalties presence(double to) {
    return new Penalties(repetition, frequency, to, lastN, dry, noRepeatNgram);
  }

  public Penalties lastN(int to) {
    return new Penalties(repetition, frequency, presence, to, dry, noRepeatNgram);
  }

  public Penalties dry(Dry to) {
    return new Penalties(repetition, frequency, presence, lastN, to, noRepeatNgram);
  }

  public Penalties noRepeatNgram(int to) {
    return new Penalties(repetition, frequency, presence, lastN, dry, to);
  }

  /** Whether they change no logit of any text. */
  boolean none() {
    return repetition == 1
        && frequency == 0
        && presence == 0
        && dry.multiplier() == 0
        && noRepeatNgram == 0;
  }
}
