package dev.puna.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The drawing of a token, in a flight recording that asks for it. */
@Name("puna.Token")
@Label("Token")
@Category("Puna")
@Description("Drawing a token from its logits")
@Enabled(false)
@StackTrace(false)
final class TokenEvent extends Event {
  @Label("Position in the text")
  int position;

  @Label("Token")
  int token;
}
