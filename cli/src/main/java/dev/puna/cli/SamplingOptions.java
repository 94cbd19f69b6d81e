package dev.puna.cli;

import dev.puna.engine.Sampling;
import dev.puna.model.GenerationConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the next token is drawn. */
final class SamplingOptions {
  @Option(names = "--temp", description = "Softmax temperature; 0 takes the likeliest token.")
  private @Nullable Double temperature;

  @Option(names = "--top-k", description = "Draw among the K likeliest tokens; 0 among all.")
  private @Nullable Integer topK;

  @Option(names = "--top-p", description = "Draw among the tokens that hold this probability.")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      description = "Draw among tokens at least this times as likely as the likeliest; 0: all.")
  private @Nullable Double minP;

  @Option(
      names = "--typical",
      description =
          "Draw among the tokens of nearest to average information that hold this probability; 1:"
              + " all.")
  private @Nullable Double typical;

  @Option(names = "--epsilon", description = "Draw among tokens of this probability or more.")
  private @Nullable Double epsilon;

  @Option(
      names = "--eta",
      description = "Likewise, but of less where the entropy is high (eta sampling).")
  private @Nullable Double eta;

  @Option(
      names = "--repeat-penalty",
      description = "Divide the logits of tokens that were there by this; 1: no penalty.")
  private @Nullable Double repetitionPenalty;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No N tokens in a row come twice, the prompt's included; 0: they may.")
  private @Nullable Integer noRepeatNgram;

  @Option(names = "--seed", description = "The same seed gives the same text. Default: random.")
  private @Nullable Long seed;

  /** What was asked for, and otherwise what the checkpoint recommends. */
  Sampling sampling(GenerationConfig config) {
    long chosen = seed != null ? seed : ThreadLocalRandom.current().nextLong(1L << 32);
    boolean likeliest = temperature != null && temperature == 0; // as it is, unless asked for
    Sampling s =
        penalties(
            likeliest ? Sampling.greedy().seed(chosen) : Sampling.recommended(config, chosen));
    s = temperature != null ? s.temperature(temperature) : s;
    s = topK != null ? s.topK(topK) : s;
    s = topP != null ? s.topP(topP) : s;
    s = minP != null ? s.minP(minP) : s;
    s = typical != null ? s.typical(typical) : s;
    s = epsilon != null ? s.epsilon(epsilon) : s;
    return eta != null ? s.eta(eta) : s;
  }

  /** The likeliest token, after the penalties that were asked for. */
  Sampling greedy() {
    return penalties(Sampling.greedy());
  }

  private Sampling penalties(Sampling s) {
    s = repetitionPenalty != null ? s.repetitionPenalty(repetitionPenalty) : s;
    return noRepeatNgram != null ? s.noRepeatNgram(noRepeatNgram) : s;
  }

  /** The options given that are about drawing. */
  List<String> drawing() {
    List<String> given = new ArrayList<>();
    add(given, "--temp", temperature != null && temperature == 0 ? null : temperature);
    add(given, "--top-k", topK);
    add(given, "--top-p", topP);
    add(given, "--min-p", minP);
    add(given, "--typical", typical);
    add(given, "--epsilon", epsilon);
    add(given, "--eta", eta);
    return given;
  }

  private static void add(List<String> given, String name, @Nullable Object value) {
    if (value != null) {
      given.add(name);
    }
  }
}
