package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;

/** Orders rules so that each comes before those that its texts may begin with. */
final class LeftOrder {
  private final Automaton automaton;
  private final Rules rules;
  private final int[] order;

  /** By rule: the calls of its start that are done, plus 1; -1 when it is placed. */
  private final int[] at;

  private int placed;

  LeftOrder(Automaton automaton, Rules rules) {
    this.automaton = automaton;
    this.rules = rules;
    order = new int[automaton.start.length];
    at = new int[order.length];
  }

  /**
   * The rules in order.
   *
   * @throws PunaException if there is none, as a rule begins with itself
   */
  int[] order() {
    int[] open = new int[order.length];
    placed = order.length;
    for (int rule = 0; rule < order.length; rule++) {
      if (at[rule] == 0) {
        place(rule, open);
      }
    }
    return order;
  }

  /** In depth, with a stack of its own: there may be many rules. */
  private void place(int first, int[] open) {
    int top = 0;
    open[top++] = first;
    at[first] = 1;
    while (top > 0) {
      int rule = open[top - 1];
      int[] calls = automaton.calls(automaton.start[rule]);
      int done = at[rule] - 1;
      if (calls == null || done == calls.length / 2) {
        at[rule] = -1;
        order[--placed] = rule;
        top--;
        continue;
      }
      at[rule]++;
      int begun = calls[2 * done];
      if (at[begun] > 0) {
        throw new PunaException(
            "the rule '%s' begins with itself".formatted(rules.name(begun)),
            "let what repeats stand behind something, or write it with * or +");
      }
      if (at[begun] == 0) {
        at[begun] = 1;
        open[top++] = begun;
      }
    }
  }
}
