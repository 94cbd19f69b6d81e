package dev.puna.engine.constraint;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The masks of an automaton's states, each made when it is first asked for, by a walk of the
 * vocabulary's trie through the automaton. Most tokens are decided by the state on top of the stack
 * alone, and only those that cross the end of its rule by what is behind it (the observation is
 * that of Dong et al. 2024: XGrammar). When the masks take too much memory all are forgotten.
 *
 * <p>Not for several threads at once.
 */
final class StateMasks {
  /** Bytes of masks that are kept. */
  private static final long MOST = 64L << 20;

  private static final int[] WHOLE_TRIE = {0};

  private final Automaton automaton;
  private final Vocabulary vocabulary;
  private final Configurations configurations;

  /** By state: its mask for whole tokens. */
  private final @Nullable StateMask[] whole;

  private final Map<Key, StateMask> known = new HashMap<>();
  private long kept;

  private record Key(int state, int[] nodes) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key k && state == k.state && Arrays.equals(nodes, k.nodes);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(nodes) + state;
    }
  }

  // ---- what a walk finds ----

  /** The configurations on the way to a node, by depth. */
  private final Configuration[] path;

  /** Layers: tokens by how many more are needed then. */
  private int[] rests = new int[16];

  private int[][] tokens = new int[16][];
  private int[] counts = new int[16];
  private int layers;
  private int[] exits = new int[64];
  private int exitCount;

  StateMasks(Automaton automaton, Vocabulary vocabulary, Configurations configurations) {
    this.automaton = automaton;
    this.vocabulary = vocabulary;
    this.configurations = configurations;
    whole = new @Nullable StateMask[automaton.states()];
    path = new Configuration[vocabulary.longest() + 1];
  }

  /** The tokens that may come in a state. */
  StateMask of(int state) {
    StateMask mask = whole[state];
    if (mask == null) {
      mask = mask(state, WHOLE_TRIE);
      whole[state] = mask;
    }
    return mask;
  }

  /** The tokens that go on in a state when a rule has ended within them. */
  StateMask after(StateMask inner, int state) {
    StateMask mask = inner.after(state);
    if (mask == null) {
      mask = mask(state, inner.exits);
      inner.setAfter(state, mask);
      kept += 16;
    }
    return mask;
  }

  private StateMask mask(int state, int[] nodes) {
    if (kept > MOST) {
      Arrays.fill(whole, null);
      known.clear();
      kept = 0;
    }
    Key key = new Key(state, nodes);
    StateMask mask = known.get(key);
    if (mask == null) {
      mask = walk(state, nodes);
      known.put(key, mask);
      kept += mask.size();
    }
    return mask;
  }

  private StateMask walk(int state, int[] nodes) {
    layers = 0;
    exitCount = 0;
    Configuration start = configurations.of(state);
    for (int node : nodes) {
      if (start.ends) {
        addExit(node);
      }
      below(node, start);
    }
    Integer[] order = new Integer[layers];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Integer.compare(rests[a], rests[b]));
    int[] sortedRests = new int[layers];
    int[][] sortedTokens = new int[layers][];
    for (int i = 0; i < layers; i++) {
      sortedRests[i] = rests[order[i]];
      sortedTokens[i] = Arrays.copyOf(tokens[order[i]], counts[order[i]]);
    }
    int[] ends = Arrays.stream(exits, 0, exitCount).sorted().distinct().toArray();
    return new StateMask(ends, sortedRests, sortedTokens, vocabulary.size());
  }

  /** All tokens that begin with a node's bytes, which lead to {@code start}, and have more. */
  private void below(int top, Configuration start) {
    int end = vocabulary.end(top);
    path[vocabulary.depth(top)] = start;
    int node = top + 1;
    while (node < end) {
      int depth = vocabulary.depth(node);
      int byteClass = automaton.classOf[vocabulary.label(node)];
      Configuration at = configurations.step(path[depth - 1], byteClass);
      if (at.isDead()) {
        node = vocabulary.end(node);
        continue;
      }
      path[depth] = at;
      if (vocabulary.isPlainBelow(node) && at.rest < Distances.NEVER && configurations.stays(at)) {
        int behind = vocabulary.end(node);
        addTokens(vocabulary.firstToken(node), vocabulary.firstToken(behind), at.rest);
        node = behind;
        continue;
      }
      if (at.rest < Distances.NEVER) {
        addTokens(vocabulary.firstToken(node), vocabulary.firstToken(node + 1), at.rest);
      }
      if (at.ends && !vocabulary.isLeaf(node)) {
        addExit(node);
      }
      node++;
    }
  }

  private int lastLayer;

  /** Adds tokens that are next to each other in the order of bytes. */
  private void addTokens(int from, int to, int rest) {
    if (from == to) {
      return;
    }
    if (lastLayer >= layers || rests[lastLayer] != rest) {
      lastLayer = layer(rest);
    }
    int count = counts[lastLayer];
    int[] layer = tokens[lastLayer];
    if (count + to - from > layer.length) {
      layer = Arrays.copyOf(layer, 2 * (count + to - from));
      tokens[lastLayer] = layer;
    }
    if (to - from == 1) {
      layer[count] = vocabulary.token(from);
    } else {
      vocabulary.copyTokens(from, to, layer, count);
    }
    counts[lastLayer] = count + to - from;
  }

  private int layer(int rest) {
    for (int i = 0; i < layers; i++) {
      if (rests[i] == rest) {
        return i;
      }
    }
    if (layers == rests.length) {
      rests = Arrays.copyOf(rests, 2 * layers);
      tokens = Arrays.copyOf(tokens, 2 * layers);
      counts = Arrays.copyOf(counts, 2 * layers);
    }
    rests[layers] = rest;
    tokens[layers] = tokens[layers] == null ? new int[64] : tokens[layers];
    counts[layers] = 0;
    return layers++;
  }

  private void addExit(int node) {
    if (exitCount == exits.length) {
      exits = Arrays.copyOf(exits, 2 * exitCount);
    }
    exits[exitCount++] = node;
  }
}
