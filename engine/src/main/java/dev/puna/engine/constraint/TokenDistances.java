package dev.puna.engine.constraint;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** {@link Distances} in the tokens of a vocabulary. */
final class TokenDistances {
  /** Nodes of the trie that are looked at so that states are known to have a way out at all. */
  private static final long FOR_A_WAY = 50_000_000;

  /** Nodes that are looked at for shorter ways than byte by byte: in all, and from one state. */
  private static final long FOR_SHORTER = 10_000_000;

  private static final long FROM_ONE = 20_000;

  private final Automaton automaton;
  private final Vocabulary vocabulary;

  /** By state: where longer tokens lead; null if not looked at. */
  private final int[] @Nullable [] leads;

  /** The states met on the way to a node, by depth. */
  private final int[] path;

  private final int[] stamps;
  private int stamp;
  private long looked;

  private TokenDistances(Automaton automaton, Vocabulary vocabulary) {
    this.automaton = automaton;
    this.vocabulary = vocabulary;
    leads = new int[automaton.states()][];
    stamps = new int[automaton.states()];
    path = new int[vocabulary.longest() + 1];
  }

  /** By state: how many tokens at most are needed to the end of its rule. */
  static int[] of(Automaton automaton, Vocabulary vocabulary) {
    return new TokenDistances(automaton, vocabulary).solve();
  }

  private int[] solve() {
    int[] byBytes = rest();
    for (int state = 0; state < byBytes.length && looked < FOR_A_WAY; state++) {
      if (byBytes[state] >= Distances.NEVER) {
        leads[state] = walk(state, FOR_A_WAY);
      }
    }
    looked = 0;
    for (int state = 0; state < byBytes.length && looked < FOR_SHORTER; state++) {
      if (byBytes[state] > 1 && leads[state] == null) {
        leads[state] = walk(state, FROM_ONE);
      }
    }
    return rest();
  }

  private int[] rest() {
    return new Distances(automaton, this::arrows, false).rest();
  }

  private void arrows(int state, IntConsumer sink) {
    for (int value = 0; value < 256; value++) {
      int to = automaton.next(state, automaton.classOf[value]);
      boolean again = value > 0 && to == automaton.next(state, automaton.classOf[value - 1]);
      if (to != Automaton.NONE && vocabulary.hasByte(value)) {
        if (!again || !vocabulary.hasByte(value - 1)) {
          sink.accept(to);
        }
      }
    }
    int[] longer = leads[state];
    if (longer != null) {
      Arrays.stream(longer).forEach(sink);
    }
  }

  /** Where tokens lead that stay within the rule, as far as looked for; each state once. */
  private int[] walk(int state, long most) {
    int[] found = new int[8];
    int count = 0;
    stamp++;
    path[0] = state;
    int node = 1;
    long last = looked + most;
    while (node < vocabulary.nodes() && looked < last) {
      looked++;
      int depth = vocabulary.depth(node);
      int to = automaton.next(path[depth - 1], automaton.classOf[vocabulary.label(node)]);
      if (to == Automaton.NONE) {
        node = vocabulary.end(node);
        continue;
      }
      path[depth] = to;
      boolean token = vocabulary.firstToken(node) < vocabulary.firstToken(node + 1);
      if (token && stamps[to] != stamp) {
        stamps[to] = stamp;
        found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
        found[count++] = to;
      }
      node++;
    }
    return Arrays.copyOf(found, count);
  }
}
