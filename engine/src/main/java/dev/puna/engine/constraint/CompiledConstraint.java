package dev.puna.engine.constraint;

import dev.puna.engine.Constraint;
import dev.puna.tensor.PunaException;
import java.util.Arrays;

/**
 * A constraint over a vocabulary: what requests share that want the same. Any number of threads
 * may; masks are made when they are first needed and kept within a bound.
 */
public final class CompiledConstraint {
  private final Vocabulary vocabulary;
  private final Automaton automaton;
  private final int fewest;
  private final Configurations configurations;
  private final StateMasks masks;

  private CompiledConstraint(Rules rules, Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    automaton = automaton(rules);
    int[] rest = TokenDistances.of(automaton, vocabulary);
    fewest = rest[automaton.root];
    if (fewest >= Distances.NEVER) {
      throw new Unsayable(automaton, vocabulary).explain();
    }
    configurations = new Configurations(automaton, rest);
    masks = new StateMasks(automaton, vocabulary, configurations);
  }

  /**
   * Compiles.
   *
   * @throws PunaException if the constraint is malformed, is met by no text, is too large, or if
   *     the vocabulary has not the tokens for any text that meets it
   */
  public static CompiledConstraint of(Constraint constraint, Vocabulary vocabulary) {
    return new CompiledConstraint(Frontend.rules(constraint), vocabulary);
  }

  private static Automaton automaton(Rules rules) {
    rules.simplify();
    Budget budget = new Budget();
    Determinizer made = new Determinizer(rules, budget);
    while (!made.exploded().isEmpty()) {
      for (int rule : made.exploded()) {
        rules.split(rule, budget);
      }
      made = new Determinizer(rules, budget);
    }
    Automaton automaton = new Automaton(made, rules);
    if (!automaton.accepting(automaton.root)
        && automaton.calls(automaton.root) == null
        && !automaton.hasArrow(automaton.root)) {
      throw new PunaException(
          "no text meets the constraint", "look for alternatives that exclude each other");
    }
    return automaton;
  }

  /** Tokens that a text has room in at least. */
  public int fewestTokens() {
    return fewest;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  Configuration start() {
    synchronized (masks) {
      return configurations.of(automaton.root);
    }
  }

  /** What a configuration is after a token's bytes; dead if they may not come. */
  Configuration step(Configuration from, byte[] bytes) {
    synchronized (masks) {
      Configuration at = from;
      for (byte value : bytes) {
        at = configurations.step(at, automaton.classOf[value & 0xFF]);
      }
      return at;
    }
  }

  /** What {@link #gather} needs: frames and their masks, still to be gone through. */
  static final class Scratch {
    Frame[] frames = new Frame[16];
    StateMask[] masks = new StateMask[16];
    int count;

    void add(Frame frame, StateMask mask) {
      Configurations.checkCount(count);
      if (count == frames.length) {
        frames = Arrays.copyOf(frames, 2 * count);
        masks = Arrays.copyOf(masks, 2 * count);
      }
      frames[count] = frame;
      masks[count++] = mask;
    }

    boolean has(Frame frame, StateMask mask) {
      for (int i = 0; i < count; i++) {
        if (frames[i] == frame && masks[i] == mask) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Adds the tokens that may come next.
   *
   * @param left tokens that may come behind that
   * @param allowed bits of V tokens
   */
  void gather(Configuration at, int left, long[] allowed, Scratch scratch) {
    synchronized (masks) {
      scratch.count = 0;
      boolean ambiguous = false;
      for (Frame top : at.tops) {
        scratch.add(top, masks.of(top.state));
      }
      for (int i = 0; i < scratch.count; i++) {
        Frame frame = scratch.frames[i];
        StateMask mask = scratch.masks[i];
        mask.addTo(allowed, left - frame.base);
        if (mask.exits.length == 0) {
          continue;
        }
        ambiguous |= frame.parents.length > 1 || at.tops.length > 1;
        for (Frame parent : frame.parents) {
          if (parent != Frame.BOTTOM) {
            StateMask next = masks.after(mask, parent.state);
            if (!ambiguous || !scratch.has(parent, next)) {
              scratch.add(parent, next);
            }
          }
        }
      }
    }
  }
}
