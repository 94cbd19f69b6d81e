package dev.puna.tokenizer.train;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Pieces and the logarithms of their probabilities, while they are being learned. Each symbol is a
 * piece, so each word can be made of pieces.
 */
final class UnigramModel {
  /**
   * The probability of a word is multiplied with this per symbol (as a logarithm): so that the
   * product of few likely pieces and that of many unlikely ones are both within a double's range.
   */
  private static final double LIFT = 8;

  /** Longer words count as several: it keeps their probabilities in range. */
  static final int LONGEST_WORD = 48;

  /** Expected counts are added up as integers, so that their order does not matter. */
  static final double UNIT = 1 << 24;

  private final int[][] pieces;
  private final double[] scores;
  private final double[] lifted;
  private final SymbolTrie trie = new SymbolTrie();

  /**
   * @param pieces the symbols of each
   * @param scores logarithms of probabilities
   */
  UnigramModel(int[][] pieces, double[] scores) {
    this.pieces = pieces;
    this.scores = scores;
    lifted = new double[scores.length];
    for (int piece = 0; piece < pieces.length; piece++) {
      lifted[piece] = Math.exp(scores[piece] + LIFT * pieces[piece].length);
      trie.add(pieces[piece], piece);
    }
  }

  int size() {
    return pieces.length;
  }

  int[] piece(int piece) {
    return pieces[piece];
  }

  double score(int piece) {
    return scores[piece];
  }

  /** What one thread needs to look at words one after the other. */
  final class Lattice {
    /** Expected or actual counts of pieces, in units of {@link #UNIT}. */
    final long[] counts = new long[pieces.length];

    // One entry per piece that fits into the word, in the order of their starts.
    private int[] starts = new int[256];
    private int[] ends = new int[256];
    private int[] ids = new int[256];
    private int edges;

    // One entry per place in the word.
    private double[] forward = new double[LONGEST_WORD + 1];
    private double[] backward = new double[LONGEST_WORD + 1];
    private int[] last = new int[LONGEST_WORD + 1];

    /** Finds the pieces that fit into a word; the whole word itself only if asked for. */
    private void find(int[] symbols, int from, int to, boolean whole) {
      if (forward.length <= to - from) {
        forward = new double[2 * (to - from)];
        backward = new double[2 * (to - from)];
        last = new int[2 * (to - from)];
      }
      edges = 0;
      for (int at = from; at < to; at++) {
        int node = SymbolTrie.ROOT;
        for (int end = at; end < to; end++) {
          long step = trie.step(node, symbols[end]);
          if (step == SymbolTrie.NONE) {
            break;
          }
          node = SymbolTrie.node(step);
          int piece = SymbolTrie.piece(step);
          if (piece >= 0 && (whole || at > from || end + 1 < to)) {
            addEdge(at - from, end + 1 - from, piece);
          }
        }
      }
    }

    private void addEdge(int start, int end, int piece) {
      if (edges == starts.length) {
        starts = Arrays.copyOf(starts, 2 * edges);
        ends = Arrays.copyOf(ends, 2 * edges);
        ids = Arrays.copyOf(ids, 2 * edges);
      }
      starts[edges] = start;
      ends[edges] = end;
      ids[edges++] = piece;
    }

    /** Counts how often pieces are expected in a word that was seen {@code count} times. */
    void expect(int[] symbols, int from, int to, long count) {
      find(symbols, from, to, true);
      int length = to - from;
      Arrays.fill(forward, 0, length + 1, 0);
      Arrays.fill(backward, 0, length + 1, 0);
      forward[0] = 1;
      backward[length] = 1;
      for (int e = 0; e < edges; e++) {
        forward[ends[e]] += forward[starts[e]] * lifted[ids[e]];
      }
      for (int e = edges - 1; e >= 0; e--) {
        backward[starts[e]] += backward[ends[e]] * lifted[ids[e]];
      }
      double share = count * UNIT / forward[length];
      if (!(share > 0 && share < Double.POSITIVE_INFINITY)) {
        return;
      }
      for (int e = 0; e < edges; e++) {
        double expected = forward[starts[e]] * lifted[ids[e]] * backward[ends[e]] * share;
        counts[ids[e]] += (long) (expected + 0.5);
      }
    }

    /** Counts the pieces of the most likely way to make a word. */
    void count(int[] symbols, int from, int to, long count) {
      best(symbols, from, to, true);
      for (int end = to - from; end > 0; end = starts[last[end]]) {
        counts[ids[last[end]]] += count;
      }
    }

    /** The score of the most likely way to make a word. */
    private double best(int[] symbols, int from, int to, boolean whole) {
      find(symbols, from, to, whole);
      int length = to - from;
      Arrays.fill(forward, 0, length + 1, Double.NEGATIVE_INFINITY);
      forward[0] = 0;
      for (int e = 0; e < edges; e++) {
        double sum = forward[starts[e]] + scores[ids[e]];
        if (sum > forward[ends[e]]) {
          forward[ends[e]] = sum;
          last[ends[e]] = e;
        }
      }
      return forward[length];
    }

    /**
     * The pieces that would stand for a piece if it were none; empty if there is no other way.
     *
     * @return null if they are more likely than the piece itself
     */
    int @Nullable [] alternative(int piece) {
      int[] symbols = pieces[piece];
      if (symbols.length == 1) {
        return new int[0];
      }
      double score = best(symbols, 0, symbols.length, false);
      if (score > scores[piece]) {
        return null;
      }
      int count = 0;
      int[] parts = new int[symbols.length];
      for (int end = symbols.length; end > 0; end = starts[last[end]]) {
        parts[count++] = ids[last[end]];
      }
      return Arrays.copyOf(parts, count);
    }
  }
}
