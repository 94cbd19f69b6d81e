package dev.puna.cli;

import dev.puna.engine.Dry;
import dev.puna.engine.Sampling;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What makes tokens less likely, or more, before any is drawn. */
final class PenaltyOptions {
  @Option(
      names = "--repeat-penalty",
      description = "Divide the logits of tokens that were there by this; 1: no penalty.")
  private @Nullable Double repetition;

  @Option(
      names = "--frequency-penalty",
      description = "Take this off a token's logit for each time it has been generated.")
  private @Nullable Double frequency;

  @Option(
      names = "--presence-penalty",
      description = "Take this off the logits of tokens that have been generated.")
  private @Nullable Double presence;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description = "These three penalties look at the last N tokens; 0: at all. Default: 0.")
  private @Nullable Integer lastN;

  @Option(
      names = "--dry",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "M[,BASE,LENGTH]",
      description =
          "Where a passage of n tokens comes again, take M * BASE^(n-LENGTH) off the logit of what"
              + " would go on with it, if n is LENGTH or more. Default of BASE,LENGTH: 1.75,2.")
  private double @Nullable [] dry;

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No N tokens in a row come twice, the prompt's included; 0: they may.")
  private @Nullable Integer noRepeatNgram;

  @Option(
      names = "--logit-bias",
      split = ",",
      paramLabel = "ID=VALUE",
      description = "Add VALUE to the logit of token ID; -inf bans it.")
  private List<String> bias = new ArrayList<>();

  /**
   * With what was asked for.
   *
   * @param checkpoint of the model, whose tokens are asked which of them end a passage
   */
  Sampling on(Sampling s, Checkpoint checkpoint) {
    s = repetition != null ? s.repetitionPenalty(repetition) : s;
    s = frequency != null ? s.frequencyPenalty(frequency) : s;
    s = presence != null ? s.presencePenalty(presence) : s;
    s = lastN != null ? s.repeatLastN(lastN) : s;
    s = dry != null ? s.dry(dry(dry, checkpoint)) : s;
    s = noRepeatNgram != null ? s.noRepeatNgram(noRepeatNgram) : s;
    return bias.isEmpty() ? s : s.bias(bias());
  }

  private static Dry dry(double[] given, Checkpoint checkpoint) {
    if (given.length != 1 && given.length != 3) {
      throw new PunaException(
          "--dry has " + given.length + " numbers", "give M or M,BASE,LENGTH, as in 0.8,1.75,2");
    }
    Dry dry = new Dry(given[0]);
    if (given.length == 3) {
      if (given[2] != Math.rint(given[2])) {
        throw new PunaException("--dry: a LENGTH of " + given[2], "give a whole number of tokens");
      }
      dry = dry.base(given[1]).allowedLength((int) given[2]);
    }
    return checkpoint.hasTokenizer() && given[0] > 0
        ? dry.breakers(checkpoint.tokenizer(), Dry.BREAKERS)
        : dry;
  }

  private Map<Integer, Float> bias() {
    Map<Integer, Float> all = new LinkedHashMap<>();
    for (String entry : bias) {
      int equals = entry.indexOf('=');
      try {
        String value = entry.substring(equals + 1).strip();
        all.put(
            Integer.parseInt(entry.substring(0, Math.max(0, equals)).strip()),
            value.equals("-inf") ? Float.NEGATIVE_INFINITY : Float.parseFloat(value));
      } catch (NumberFormatException e) {
        throw new PunaException(
            "--logit-bias: " + entry + " is no bias", "give ID=VALUE, as in 13=-2.5 or 13=-inf", e);
      }
    }
    return all;
  }
}
