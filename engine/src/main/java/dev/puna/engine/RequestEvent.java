package dev.puna.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A request from its submission to its end, in a flight recording. */
@Name("puna.Request")
@Label("Request")
@Category("Puna")
@Description("A text, from its submission to its end")
@StackTrace(false)
final class RequestEvent extends Event {
  @Label("Tokens of the prompt")
  int promptTokens;

  @Label("Tokens of the prompt that did not have to be computed")
  int reusedTokens;

  @Label("New tokens")
  int tokens;

  @Label("New tokens that had been guessed")
  int guessedTokens;

  @Label("Why it ended")
  String finish = "";

  @Label("From submission to the first step")
  @Timespan(Timespan.NANOSECONDS)
  long waited;

  @Label("From the first step to the first token")
  @Timespan(Timespan.NANOSECONDS)
  long prefill;

  @Label("From the first token to the last")
  @Timespan(Timespan.NANOSECONDS)
  long decode;
}
