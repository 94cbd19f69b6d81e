package dev.puna.engine.constraint;

import dev.puna.engine.Constraint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Texts of chance that meet a constraint, byte by byte. */
public final class Sampled {
  private final CompiledConstraint constraint;

  public Sampled(Constraint constraint) {
    this.constraint = Walk.compile(constraint);
  }

  /**
   * A text.
   *
   * @param more tokens that it may have beside the fewest
   */
  public String text(Random random, int more) {
    Matcher matcher = new Matcher(constraint);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int left = constraint.fewestTokens() + more; ; left--) {
      var allowed = Walk.allowed(matcher, 257, left);
      int token = allowed.get(random.nextInt(allowed.size()));
      if (token == Walk.END) {
        return text.toString(StandardCharsets.UTF_8);
      }
      matcher.accept(token);
      text.write(token);
    }
  }
}
