package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;

/** How much work compiling one constraint may be, so that hostile ones are refused soon. */
final class Budget {
  /** Nodes of automata before they are made deterministic. */
  private static final int NODES = 500_000;

  /** States after that. */
  private static final int STATES = 100_000;

  /** Cells of the table of transitions. */
  private static final int CELLS = 16_000_000;

  /** Elementary steps. */
  private static final long STEPS = 40_000_000;

  /** How deep expressions may lie in each other. */
  static final int DEPTH = 1500;

  private int nodes;
  private long steps;

  void node() {
    if (++nodes > NODES) {
      throw tooLarge("more than " + NODES + " places");
    }
  }

  void steps(long count) {
    steps += count;
    if (steps > STEPS) {
      throw tooLarge("more than " + STEPS + " steps to compile");
    }
  }

  void states(int states, int classes) {
    if (states > STATES || (long) states * classes > CELLS) {
      throw tooLarge("more than %d states".formatted(Math.min(STATES, CELLS / classes)));
    }
  }

  PunaException exploded() {
    return tooLarge("a part that could be read in very many ways");
  }

  static void depth(int depth) {
    if (depth > DEPTH) {
      throw tooLarge("more than " + DEPTH + " levels");
    }
  }

  private static PunaException tooLarge(String has) {
    return new PunaException(
        "the constraint is too large: it has " + has,
        "make its repetitions, lists or alternatives shorter");
  }
}
