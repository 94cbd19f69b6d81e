package dev.puna.engine.constraint;

import dev.puna.engine.Constraint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Texts led through constraints byte by byte, over a vocabulary of all bytes and an end. */
final class Walk {
  static final int END = 256;
  static final Vocabulary BYTES = bytes();

  private Walk() {}

  private static Vocabulary bytes() {
    byte[][] tokens = new byte[257][];
    for (int i = 0; i < 256; i++) {
      tokens[i] = new byte[] {(byte) i};
    }
    tokens[END] = new byte[0];
    return Vocabulary.of(tokens, Set.of(END));
  }

  static CompiledConstraint compile(Constraint constraint) {
    return CompiledConstraint.of(constraint, BYTES);
  }

  static CompiledConstraint grammar(String gbnf) {
    return compile(new Constraint.Grammar(gbnf));
  }

  static CompiledConstraint regex(String pattern) {
    return compile(new Constraint.Regex(pattern));
  }

  static CompiledConstraint schema(String json) {
    return compile(new Constraint.JsonSchema(json));
  }

  /** Whether a text is one that the constraint admits. */
  static boolean admits(CompiledConstraint constraint, String text) {
    Matcher matcher = new Matcher(constraint);
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      try {
        matcher.accept(value & 0xFF);
      } catch (IllegalStateException e) {
        return false;
      }
    }
    return matcher.canEnd();
  }

  /** The tokens that may come next. */
  static List<Integer> allowed(Matcher matcher, int vocab, int left) {
    float[] logits = new float[vocab];
    matcher.mask(logits, left);
    List<Integer> allowed = new ArrayList<>();
    for (int i = 0; i < vocab; i++) {
      if (logits[i] == 0) {
        allowed.add(i);
      }
    }
    return allowed;
  }
}
