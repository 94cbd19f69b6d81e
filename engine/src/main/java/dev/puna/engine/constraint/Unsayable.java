package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Says what in a constraint the tokens of a vocabulary cannot express. */
final class Unsayable {
  private static final int LONGEST = 2000;

  private final Automaton automaton;
  private final Vocabulary vocabulary;

  Unsayable(Automaton automaton, Vocabulary vocabulary) {
    this.automaton = automaton;
    this.vocabulary = vocabulary;
  }

  PunaException explain() {
    String text = shortest();
    String missing =
        text.codePoints()
            .filter(c -> !isInSomeToken(c))
            .mapToObj(c -> "the character '%s'".formatted(Character.toString(c)))
            .findFirst()
            .orElse("the text '%s'".formatted(text));
    return new PunaException(
        "the vocabulary has no tokens for " + missing + ", which the constraint needs",
        "ask for a text that the model's tokens can express");
  }

  /** The shortest text that meets the constraint, cut off where it is long. */
  private String shortest() {
    int[] bytes = new Distances(automaton, (from, sink) -> {}, true).rest();
    Configurations configurations = new Configurations(automaton, bytes);
    Configuration at = configurations.of(automaton.root);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    while (at.rest > 0 && text.size() < LONGEST) {
      Configuration best = at;
      int byBest = 0;
      for (int value = 255; value >= 0; value--) {
        Configuration to = configurations.step(at, automaton.classOf[value]);
        if (!to.isDead() && to.rest < best.rest) {
          best = to;
          byBest = value;
        }
      }
      text.write(byBest);
      at = best;
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private boolean isInSomeToken(int point) {
    byte[] bytes = Character.toString(point).getBytes(StandardCharsets.UTF_8);
    boolean byBytes = true;
    for (byte value : bytes) {
      byBytes &= vocabulary.hasByte(value & 0xFF);
    }
    for (int id = 0; id < vocabulary.size() && !byBytes; id++) {
      byBytes = holds(vocabulary.bytes(id), bytes);
    }
    return byBytes;
  }

  private static boolean holds(byte[] token, byte[] part) {
    for (int at = 0; at + part.length <= token.length; at++) {
      if (Arrays.equals(token, at, at + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }
}
