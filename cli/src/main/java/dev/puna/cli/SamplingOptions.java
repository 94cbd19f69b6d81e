package dev.puna.cli;

import dev.puna.engine.Mirostat;
import dev.puna.engine.Sampling;
import dev.puna.engine.Xtc;
import dev.puna.model.Checkpoint;
import dev.puna.model.GenerationConfig;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
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
      names = "--top-n-sigma",
      paramLabel = "N",
      description =
          "Draw among tokens whose logits are at most N standard deviations below the largest; 0:"
              + " all.")
  private @Nullable Double topNSigma;

  @Option(
      names = "--xtc",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "P[,T]",
      description =
          "Exclude top choices: with probability P, all tokens of probability T or more but the"
              + " least likely of them. Default of T: 0.1.")
  private double @Nullable [] xtc;

  @Option(
      names = "--mirostat",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "TAU[,ETA]",
      description =
          "Keep the text's surprise near TAU bits a token, in the place of all of these cuts; ETA"
              + " is how fast the cut follows. Default of ETA: 0.1.")
  private double @Nullable [] mirostat;

  @Mixin private PenaltyOptions penalties;

  @Option(names = "--seed", description = "The same seed gives the same text. Default: random.")
  private @Nullable Long seed;

  /** What was asked for, and otherwise what the checkpoint recommends. */
  Sampling sampling(Checkpoint checkpoint) {
    check();
    long chosen = seed != null ? seed : ThreadLocalRandom.current().nextLong(1L << 32);
    boolean likeliest = temperature != null && temperature == 0; // as it is, unless asked for
    GenerationConfig config = checkpoint.conventions().generation();
    Sampling s = likeliest ? Sampling.greedy().seed(chosen) : Sampling.recommended(config, chosen);
    s = penalties.on(temperature != null ? s.temperature(temperature) : s, checkpoint);
    if (mirostat != null) {
      return s.truncation(
          mirostat.length == 1
              ? new Mirostat(mirostat[0])
              : new Mirostat(mirostat[0], mirostat[1]));
    }
    s = topNSigma != null ? s.topNSigma(topNSigma) : s;
    s = topK != null ? s.topK(topK) : s;
    s = topP != null ? s.topP(topP) : s;
    s = minP != null ? s.minP(minP) : s;
    s = typical != null ? s.typical(typical) : s;
    s = epsilon != null ? s.epsilon(epsilon) : s;
    s = eta != null ? s.eta(eta) : s;
    return xtc != null ? s.xtc(new Xtc(xtc.length == 1 ? 0.1 : xtc[1], xtc[0])) : s;
  }

  /** The likeliest token, after the penalties that were asked for. */
  Sampling greedy(Checkpoint checkpoint) {
    return penalties.on(Sampling.greedy(), checkpoint);
  }

  private void check() {
    if (xtc != null && xtc.length > 2) {
      throw new PunaException(
          "--xtc has " + xtc.length + " numbers", "give P or P,T, as in 0.5,0.1");
    }
    if (mirostat == null) {
      return;
    }
    if (mirostat.length > 2) {
      throw new PunaException(
          "--mirostat has " + mirostat.length + " numbers", "give TAU or TAU,ETA, as in 5,0.1");
    }
    if (temperature != null && temperature == 0) {
      throw new PunaException(
          "--mirostat draws, --temp 0 takes the likeliest token", "leave one of them out");
    }
    List<String> cuts = cuts();
    if (!cuts.isEmpty()) {
      throw new PunaException(
          "--mirostat cuts in the place of " + String.join(", ", cuts), "leave one of them out");
    }
  }

  /** The options given that are about drawing. */
  List<String> drawing() {
    List<String> given = new ArrayList<>();
    add(given, "--temp", temperature != null && temperature == 0 ? null : temperature);
    given.addAll(cuts());
    add(given, "--mirostat", mirostat);
    return given;
  }

  private List<String> cuts() {
    List<String> given = new ArrayList<>();
    add(given, "--top-k", topK);
    add(given, "--top-p", topP);
    add(given, "--min-p", minP);
    add(given, "--typical", typical);
    add(given, "--epsilon", epsilon);
    add(given, "--eta", eta);
    add(given, "--top-n-sigma", topNSigma);
    add(given, "--xtc", xtc);
    return given;
  }

  private static void add(List<String> given, String name, @Nullable Object value) {
    if (value != null) {
      given.add(name);
    }
  }
}
