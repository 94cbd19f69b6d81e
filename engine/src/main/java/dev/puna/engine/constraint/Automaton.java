package dev.puna.engine.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rules as deterministic automata that call each other: a recursive transition network (Woods
 * 1970). All states of all rules are numbered together. From a state leads at most one arrow for
 * each class of bytes and at most one call for each rule; whether the rule ends there is said by
 * {@link #accepting}. What cannot lead to a rule's end is left out.
 *
 * <p>A call is of a text that is not empty, and {@link #start} is where that begins; only the whole
 * text may be empty, which begins at {@link #root}.
 */
final class Automaton {
  static final int NONE = -1;

  /** The number of classes of bytes that no rule tells apart. */
  final int classes;

  /** The class of each byte. */
  final int[] classOf;

  /** By state and class: the next state, or {@link #NONE}. */
  private final int[] next;

  /** By state: rule, state behind it, and so on; null for no call. */
  private final int[] @Nullable [] calls;

  private final boolean[] accepting;

  /** By state: whether nothing but the rule's end is left, so that no way back need be kept. */
  private final boolean[] last;

  /** By rule: where a text of it that is not empty begins. */
  final int[] start;

  /** Where the text begins. */
  final int root;

  /** By rule: its place in an order where rules come before those that they begin with. */
  final int[] rank;

  /** By rank: the rule. */
  final int[] ranked;

  /** By rule: the classes that a text of it may begin with. */
  private final boolean[][] begins;

  Automaton(Determinizer made, Rules rules) {
    classes = made.classes;
    classOf = made.classOf;
    start = made.start;
    root = made.root;
    next = made.next();
    calls = made.calls();
    accepting = made.accepting();
    trim();
    last = new boolean[states()];
    for (int s = 0; s < last.length; s++) {
      last[s] = accepting[s] && calls[s] == null && !hasArrow(s);
    }
    ranked = new LeftOrder(this, rules).order();
    rank = new int[ranked.length];
    for (int i = 0; i < ranked.length; i++) {
      rank[ranked[i]] = i;
    }
    begins = new boolean[start.length][classes];
    for (int i = ranked.length - 1; i >= 0; i--) {
      findBeginnings(ranked[i]);
    }
  }

  int states() {
    return accepting.length;
  }

  int next(int state, int byteClass) {
    return next[state * classes + byteClass];
  }

  int @Nullable [] calls(int state) {
    return calls[state];
  }

  boolean accepting(int state) {
    return accepting[state];
  }

  boolean last(int state) {
    return last[state];
  }

  boolean begins(int rule, int byteClass) {
    return begins[rule][byteClass];
  }

  boolean hasArrow(int state) {
    for (int c = 0; c < classes; c++) {
      if (next(state, c) != NONE) {
        return true;
      }
    }
    return false;
  }

  private void findBeginnings(int rule) {
    int state = start[rule];
    for (int c = 0; c < classes; c++) {
      begins[rule][c] = next(state, c) != NONE;
    }
    int[] called = calls[state];
    for (int i = 0; called != null && i < called.length; i += 2) {
      for (int c = 0; c < classes; c++) {
        begins[rule][c] |= begins[called[i]][c];
      }
    }
  }

  /** Leaves out arrows and calls that lead nowhere. */
  private void trim() {
    int[] cost = new Distances(this, (from, sink) -> {}, true).rest();
    for (int s = 0; s < accepting.length; s++) {
      for (int c = 0; c < classes; c++) {
        int to = next[s * classes + c];
        if (to != NONE && cost[to] >= Distances.NEVER) {
          next[s * classes + c] = NONE;
        }
      }
      calls[s] = leading(calls[s], cost);
    }
  }

  private int @Nullable [] leading(int @Nullable [] called, int[] cost) {
    if (called == null) {
      return null;
    }
    int[] kept = new int[called.length];
    int count = 0;
    for (int i = 0; i < called.length; i += 2) {
      if (cost[start[called[i]]] < Distances.NEVER && cost[called[i + 1]] < Distances.NEVER) {
        kept[count++] = called[i];
        kept[count++] = called[i + 1];
      }
    }
    return count == 0 ? null : Arrays.copyOf(kept, count);
  }
}
