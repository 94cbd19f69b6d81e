package dev.puna.engine.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes rules deterministic: states are sets of the nodes that a text may have led to (Rabin and
 * Scott 1959: the subset construction).
 */
final class Determinizer {
  /** States that a rule may have beside two for each of its nodes. */
  private static final int FREE_STATES = 2000;

  final int classes;
  final int[] classOf = new int[256];

  /** By rule: where a text of it that is not empty begins. */
  final int[] start;

  /** Where the whole text begins. */
  final int root;

  /** By class: its first byte, and the one behind its last. */
  private final int[] borders;

  private final Nfa nfa;
  private final Budget budget;
  private int[] next = new int[0];
  private int[] @Nullable [] calls = new int[64][];
  private boolean[] accepting = new boolean[64];
  private int states;

  private final int[] stamps;
  private int stamp;

  /** Rules that would have too many states, and so have none yet. */
  private final List<Integer> exploded = new ArrayList<>();

  /** The states of one rule, by their sets; those that are still to be looked at. */
  private final Map<Key, Integer> known = new HashMap<>();

  private final List<Key> open = new ArrayList<>();

  /** By class: the nodes that it leads to. */
  private final Nodes[] reached;

  private record Key(int[] nodes) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && Arrays.equals(nodes, key.nodes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(nodes);
    }
  }

  /** A growing list of nodes. */
  private static final class Nodes {
    int[] values = new int[8];
    int size;

    void add(int[] more) {
      if (size + more.length > values.length) {
        values = Arrays.copyOf(values, 2 * (size + more.length));
      }
      System.arraycopy(more, 0, values, size, more.length);
      size += more.length;
    }

    Key take() {
      int[] set = Arrays.stream(values, 0, size).sorted().distinct().toArray();
      size = 0;
      return new Key(set);
    }
  }

  Determinizer(Rules rules, Budget budget) {
    this.budget = budget;
    nfa = new Nfa(rules, budget);
    int[] first = new int[rules.size()];
    int[] ends = new int[rules.size()]; // the first node that is made for each rule
    for (int rule = 0; rule < first.length; rule++) {
      ends[rule] = nfa.size();
      first[rule] = nfa.build(rule);
    }
    stamps = new int[nfa.size()];
    borders = borders();
    classes = borders.length - 1;
    reached = new Nodes[classes];
    for (int c = 0; c < classes; c++) {
      Arrays.fill(classOf, borders[c], borders[c + 1], c);
      reached[c] = new Nodes();
    }
    start = new int[rules.size()];
    int whole = 0;
    for (int rule = 0; rule < first.length; rule++) {
      int nodes = (rule + 1 < first.length ? ends[rule + 1] : nfa.size()) - ends[rule];
      int begin = rule(first[rule], FREE_STATES + 2 * nodes);
      if (begin < 0) {
        exploded.add(rule);
        continue;
      }
      whole = rule == 0 ? begin : whole;
      start[rule] = accepting[begin] ? withoutEnd(begin) : begin;
    }
    root = whole;
  }

  /** Bytes at which some range begins or has ended. */
  private int[] borders() {
    boolean[] border = new boolean[257];
    border[0] = true;
    border[256] = true;
    for (int i = 0; i < nfa.size(); i++) {
      if (nfa.node(i) instanceof Nfa.Node.Bytes bytes) {
        border[bytes.low()] = true;
        border[bytes.high() + 1] = true;
      }
    }
    int[] borders = new int[257];
    int count = 0;
    for (int value = 0; value <= 256; value++) {
      if (border[value]) {
        borders[count++] = value;
      }
    }
    return Arrays.copyOf(borders, count);
  }

  /** The first state of a rule; -1 if it would have more states than {@code most}. */
  private int rule(int node, int most) {
    known.clear();
    open.clear();
    int begin = state(new Key(closure(node)));
    for (int i = 0; i < open.size(); i++) {
      if (open.size() > most) {
        states = begin;
        Arrays.fill(next, begin * classes, next.length, Automaton.NONE);
        Arrays.fill(accepting, begin, accepting.length, false);
        Arrays.fill(calls, begin, calls.length, null);
        return -1;
      }
      expand(known.getOrDefault(open.get(i), 0), open.get(i).nodes);
    }
    return begin;
  }

  private int[] closure(int node) {
    int[] nodes = nfa.closure(node, stamps, ++stamp);
    Arrays.sort(nodes);
    return nodes;
  }

  private int state(Key key) {
    Integer state = known.get(key);
    if (state == null) {
      state = newState();
      known.put(key, state);
      open.add(key);
    }
    return state;
  }

  private int newState() {
    budget.states(states + 1, classes);
    if ((states + 1) * classes > next.length) {
      int length = next.length;
      next = Arrays.copyOf(next, Math.max(64 * classes, 2 * length));
      Arrays.fill(next, length, next.length, Automaton.NONE);
    }
    if (states == accepting.length) {
      accepting = Arrays.copyOf(accepting, 2 * states);
      calls = Arrays.copyOf(calls, 2 * states);
    }
    return states++;
  }

  private void expand(int state, int[] nodes) {
    Map<Integer, Nodes> called = new TreeMap<>();
    budget.steps(nodes.length + classes);
    for (int index : nodes) {
      switch (nfa.node(index)) {
        case Nfa.Node.Bytes bytes -> {
          int[] to = closure(bytes.to());
          for (int c = classOf[bytes.low()]; c <= classOf[bytes.high()]; c++) {
            budget.steps(to.length);
            reached[c].add(to);
          }
        }
        case Nfa.Node.Call call ->
            called.computeIfAbsent(call.rule(), r -> new Nodes()).add(closure(call.to()));
        case Nfa.Node.End _ -> accepting[state] = true;
        case Nfa.Node.Split _ -> throw new IllegalStateException("a split in a closure");
      }
    }
    for (int c = 0; c < classes; c++) {
      if (reached[c].size > 0) {
        int to = state(reached[c].take()); // may move the table
        next[state * classes + c] = to;
      }
    }
    if (!called.isEmpty()) {
      int[] pairs = new int[2 * called.size()];
      int count = 0;
      for (Map.Entry<Integer, Nodes> entry : called.entrySet()) {
        pairs[count++] = entry.getKey();
        pairs[count++] = state(entry.getValue().take());
      }
      calls[state] = pairs;
    }
  }

  /** A copy of a state in which the rule does not end. */
  private int withoutEnd(int state) {
    int copy = newState();
    System.arraycopy(next, state * classes, next, copy * classes, classes);
    calls[copy] = calls[state];
    return copy;
  }

  // ---- what has been made ----

  /** Rules that cannot be used as they are; all others can be if there is none. */
  List<Integer> exploded() {
    return exploded;
  }

  int[] next() {
    return Arrays.copyOf(next, states * classes);
  }

  int[] @Nullable [] calls() {
    return Arrays.copyOf(calls, states);
  }

  boolean[] accepting() {
    return Arrays.copyOf(accepting, states);
  }
}
