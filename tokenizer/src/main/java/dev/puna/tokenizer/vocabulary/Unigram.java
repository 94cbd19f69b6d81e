package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTrie;
import dev.puna.tokenizer.text.Utf8;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Unigram: of all ways to make a word of pieces, the one whose scores add up to most (Kudo 2018,
 * "Subword Regularization"), found by Viterbi's algorithm from left to right. Of equal ones the one
 * whose last piece was reached first wins, as in SentencePiece.
 */
public final class Unigram implements WordModel {
  /** How far below the worst piece an unknown character lies. */
  private static final float UNKNOWN_PENALTY = 10;

  private static final int NONE = -1;

  /** How exact scores are added up: it decides between ways that are nearly equal. */
  public enum Sums {
    /**
     * As SentencePiece does: a sum is kept in single precision, but before it is, it competes in
     * double precision with what is kept; an unknown character's competes in single precision.
     */
    SINGLE,
    /** As the library `tokenizers` and llama.cpp do. */
    DOUBLE
  }

  /**
   * What the scores leave open.
   *
   * @param unknown the id of the unknown token; -1 for none: then unknown characters vanish
   * @param fusesUnknown whether unknown characters side by side are one token
   * @param byteIds the ids of the 256 bytes that unknown characters become, -1 for a missing one;
   *     empty for none
   */
  public record Rules(int unknown, boolean fusesUnknown, int[] byteIds, Sums sums) {}

  private final PieceTrie trie = new PieceTrie();
  private final double[] scores;
  private final double unknownScore;
  private final Rules rules;

  /**
   * @param scores of each piece
   * @param fromText which ids text can become
   * @param worst the score that unknown characters lie below: the lowest of normal pieces
   */
  public Unigram(Pieces pieces, double[] scores, IntPredicate fromText, double worst, Rules rules) {
    this.scores = scores.clone();
    this.rules = rules;
    unknownScore =
        rules.sums == Sums.SINGLE ? (float) worst - UNKNOWN_PENALTY : worst - UNKNOWN_PENALTY;
    for (int id = 0; id < pieces.size(); id++) {
      if (fromText.test(id) && !pieces.get(id).isEmpty()) {
        trie.add(Utf8.bytes(pieces.get(id)), id);
      }
    }
  }

  /** The score of each piece. */
  public float[] scores() {
    float[] single = new float[scores.length];
    for (int id = 0; id < single.length; id++) {
      single[id] = (float) scores[id];
    }
    return single;
  }

  /** Appends the ids of the first bytes of an array: UTF-8, taken as one word. */
  public void encode(byte[] text, int length, IntArray ids) {
    if (length > 0) {
      new Lattice(ids).encode(text, length);
    }
  }

  @Override
  public Encoder encoder(IntArray ids) {
    return new Lattice(ids);
  }

  /** The best way to each place in a word; reused from word to word. */
  private final class Lattice implements Encoder {
    private final IntArray ids;
    private final ByteArray bytes = new ByteArray(256);
    private double[] best = new double[257];
    private int[] piece = new int[257];

    /** Where the last piece of the best way begins; -1 if there is no way yet. */
    private int[] start = new int[257];

    Lattice(IntArray ids) {
      this.ids = ids;
    }

    @Override
    public void encode(int[] text, int from, int to) {
      bytes.truncate(0);
      for (int i = from; i < to; i++) {
        bytes.addCodePoint(text[i]);
      }
      encode(bytes.bytes(), bytes.length());
    }

    void encode(byte[] word, int length) {
      if (start.length <= length) {
        int room = (int) Math.min(length + 1L + Math.min(length, 1 << 20), Integer.MAX_VALUE - 8);
        best = new double[room];
        piece = new int[room];
        start = new int[room];
      }
      Arrays.fill(start, 0, length + 1, NONE);
      best[0] = 0;
      for (int at = 0; at < length; ) {
        int next = Math.min(at + Utf8.length(word[at]), length);
        if (!extend(word, at, next, length)) {
          double sum = best[at] + unknownScore;
          reach(next, at, rules.unknown, rules.sums == Sums.SINGLE ? (float) sum : sum);
        }
        at = next;
      }
      collect(word, length);
    }

    /** Goes on from a place with each piece; whether one of them is the next character alone. */
    private boolean extend(byte[] word, int at, int next, int length) {
      boolean single = false;
      int node = PieceTrie.ROOT;
      for (int i = at; i < length; i++) {
        node = trie.step(node, word[i]);
        if (node == PieceTrie.NONE) {
          break;
        }
        int id = trie.id(node);
        if (id != NONE) {
          reach(i + 1, at, id, best[at] + scores[id]);
          single |= i + 1 == next;
        }
      }
      return single;
    }

    private void reach(int end, int from, int id, double sum) {
      if (start[end] == NONE || sum > best[end]) {
        best[end] = rules.sums == Sums.SINGLE ? (float) sum : sum;
        start[end] = from;
        piece[end] = id;
      }
    }

    private boolean hasBytes(byte[] word, int from, int to) {
      for (int i = from; i < to && rules.byteIds.length > 0; i++) {
        if (rules.byteIds[word[i] & 0xFF] < 0) {
          return false;
        }
      }
      return rules.byteIds.length > 0;
    }

    private void collect(byte[] word, int length) {
      // Turns the links around: start[] of a place then says where the piece that begins there
      // ends.
      int end = length;
      int after = length;
      while (end > 0) {
        int from = start[end];
        start[end] = after;
        after = end;
        end = from;
      }
      int at = 0;
      for (int to = after; at < length; to = start[to]) {
        if (piece[to] != rules.unknown) {
          ids.add(piece[to]);
        } else {
          while (rules.fusesUnknown && to < length && piece[start[to]] == rules.unknown) {
            to = start[to];
          }
          addUnknown(word, at, to);
        }
        at = to;
      }
    }

    private void addUnknown(byte[] word, int from, int to) {
      if (!hasBytes(word, from, to)) {
        if (rules.unknown != NONE) {
          ids.add(rules.unknown);
        }
        return;
      }
      for (int i = from; i < to; i++) {
        ids.add(rules.byteIds[word[i] & 0xFF]);
      }
    }
  }
}
