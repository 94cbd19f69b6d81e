package dev.puna.engine.constraint;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.IntConsumer;

/**
 * How many tokens at least take a state to the end of its rule. A rule costs as much as its start,
 * and a call is at its end when both the rule and what is behind it are: shortest paths in a
 * network with calls, found in the order of their lengths (Knuth 1977: a generalization of
 * Dijkstra's algorithm).
 *
 * <p>What counts as an arrow are tokens that stay within the rule. Tokens that cross the borders of
 * rules could do with fewer, so these are bounds; but each is reached by tokens that exist, and
 * with each of them it falls by one, which is all that ending in time needs.
 */
final class Distances {
  /** The text cannot be completed. Two of them added are no overflow. */
  static final int NEVER = 1 << 29;

  /** Hands over the states to which single tokens lead. */
  interface Arrows {
    void from(int state, IntConsumer sink);
  }

  private final Automaton automaton;
  private final int[] rest;

  /** Arrows backwards: those into a state are chained from {@link #into}. */
  private final int[] into;

  private int[] from = new int[256];
  private int[] chain = new int[256];
  private int arrows;

  /** Calls likewise, by the rule that is called and by the state behind it. */
  private final int[] ofRule;

  private final int[] before;
  private int[] caller = new int[64];
  private int[] called = new int[64];
  private int[] behind = new int[64];
  private int[] sameRule = new int[64];
  private int[] sameBehind = new int[64];
  private int callCount;

  private final PriorityQueue<Long> open = new PriorityQueue<>();

  /**
   * Solves at once.
   *
   * @param bytes whether each byte that an automaton's arrow has is an arrow too
   */
  Distances(Automaton automaton, Arrows tokens, boolean bytes) {
    this.automaton = automaton;
    int states = automaton.states();
    rest = new int[states];
    into = new int[states];
    before = new int[states];
    ofRule = new int[automaton.start.length];
    Arrays.fill(rest, NEVER);
    Arrays.fill(into, -1);
    Arrays.fill(before, -1);
    Arrays.fill(ofRule, -1);
    for (int s = 0; s < states; s++) {
      int state = s;
      if (bytes) {
        addBytes(state);
      }
      tokens.from(state, to -> addArrow(state, to));
      addCalls(state);
    }
    solve();
  }

  /** By state: the fewest tokens to the end of its rule; {@link #NEVER} if there is no way. */
  int[] rest() {
    return rest;
  }

  private void addBytes(int state) {
    for (int c = 0; c < automaton.classes; c++) {
      int to = automaton.next(state, c);
      if (to != Automaton.NONE && (c == 0 || to != automaton.next(state, c - 1))) {
        addArrow(state, to);
      }
    }
  }

  private void addArrow(int state, int to) {
    if (state == to) {
      return; // no way is shorter for it
    }
    if (arrows == from.length) {
      from = Arrays.copyOf(from, 2 * arrows);
      chain = Arrays.copyOf(chain, 2 * arrows);
    }
    from[arrows] = state;
    chain[arrows] = into[to];
    into[to] = arrows++;
  }

  private void addCalls(int state) {
    int[] calls = automaton.calls(state);
    for (int i = 0; calls != null && i < calls.length; i += 2) {
      if (callCount == caller.length) {
        int more = 2 * callCount;
        caller = Arrays.copyOf(caller, more);
        called = Arrays.copyOf(called, more);
        behind = Arrays.copyOf(behind, more);
        sameRule = Arrays.copyOf(sameRule, more);
        sameBehind = Arrays.copyOf(sameBehind, more);
      }
      int call = callCount++;
      caller[call] = state;
      called[call] = automaton.start[calls[i]];
      behind[call] = calls[i + 1];
      sameRule[call] = ofRule[calls[i]];
      ofRule[calls[i]] = call;
      sameBehind[call] = before[calls[i + 1]];
      before[calls[i + 1]] = call;
    }
  }

  private void solve() {
    int[] ruleOf = new int[rest.length];
    Arrays.fill(ruleOf, -1);
    for (int rule = 0; rule < automaton.start.length; rule++) {
      ruleOf[automaton.start[rule]] = rule;
    }
    for (int s = 0; s < rest.length; s++) {
      if (automaton.accepting(s)) {
        shorten(s, 0);
      }
    }
    while (!open.isEmpty()) {
      long first = open.poll();
      int state = (int) first;
      int length = (int) (first >> 32);
      if (length > rest[state]) {
        continue;
      }
      for (int a = into[state]; a >= 0; a = chain[a]) {
        shorten(from[a], length + 1);
      }
      for (int c = before[state]; c >= 0; c = sameBehind[c]) {
        shorten(caller[c], length + rest[called[c]]);
      }
      for (int c = ruleOf[state] < 0 ? -1 : ofRule[ruleOf[state]]; c >= 0; c = sameRule[c]) {
        shorten(caller[c], length + rest[behind[c]]);
      }
    }
  }

  private void shorten(int state, int length) {
    if (length < rest[state]) {
      rest[state] = length;
      open.add((long) length << 32 | state);
    }
  }
}
