package dev.puna.engine.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What tokens may come in one state, whatever is behind its rule, sorted by how many more tokens
 * complete the rule then. Where the rule ends within a token, the rest of the token is for what is
 * behind: {@link #exits} says where in the trie that happens, and the mask of the state behind goes
 * on from there.
 */
final class StateMask {
  /** The nodes of the vocabulary's trie at which the rule has ended and tokens go on. */
  final int[] exits;

  /** Tokens to the end of the rule, ascending; one for each layer of tokens. */
  private final int[] rests;

  /** The tokens of a layer: bits for many, ids for few. */
  private final long[] @Nullable [] bits;

  private final int[] @Nullable [] ids;

  /** States behind the rule, and the masks that go on from the exits there. */
  private int[] states = new int[2];

  private @Nullable StateMask[] after = new @Nullable StateMask[2];
  private int afterCount;

  StateMask(int[] exits, int[] rests, int[][] tokens, int vocab) {
    this.exits = exits;
    this.rests = rests;
    bits = new long[rests.length][];
    ids = new int[rests.length][];
    for (int i = 0; i < rests.length; i++) {
      if (tokens[i].length > vocab / 32) {
        bits[i] = bits(tokens[i], vocab);
      } else {
        ids[i] = tokens[i];
      }
    }
  }

  private static long[] bits(int[] tokens, int vocab) {
    long[] bits = new long[(vocab + 63) / 64];
    for (int token : tokens) {
      bits[token >> 6] |= 1L << token;
    }
    return bits;
  }

  /**
   * Adds the tokens behind which the rule can be completed in time.
   *
   * @param left tokens that may follow, less those that what is behind the rule needs
   */
  void addTo(long[] allowed, int left) {
    for (int i = 0; i < rests.length && rests[i] <= left; i++) {
      long[] layer = bits[i];
      if (layer != null) {
        for (int w = 0; w < layer.length; w++) {
          allowed[w] |= layer[w];
        }
      } else {
        addIds(allowed, ids[i]);
      }
    }
  }

  private static void addIds(long[] allowed, int @Nullable [] tokens) {
    if (tokens != null) {
      for (int token : tokens) {
        allowed[token >> 6] |= 1L << token;
      }
    }
  }

  /** Whether there is a token at all. */
  boolean hasTokens() {
    return rests.length > 0;
  }

  /** The mask that goes on in a state behind the rule; null if it is not known yet. */
  @Nullable StateMask after(int state) {
    for (int i = 0; i < afterCount; i++) {
      if (states[i] == state) {
        return after[i];
      }
    }
    return null;
  }

  void setAfter(int state, StateMask mask) {
    if (afterCount == states.length) {
      states = Arrays.copyOf(states, 2 * afterCount);
      after = Arrays.copyOf(after, 2 * afterCount);
    }
    states[afterCount] = state;
    after[afterCount++] = mask;
  }

  /** Bytes that it takes, about. */
  long size() {
    long size = 160 + 4L * exits.length + 4L * rests.length;
    for (int i = 0; i < rests.length; i++) {
      long[] layer = bits[i];
      int[] few = ids[i];
      size += 32 + (layer != null ? 8L * layer.length : few != null ? 4L * few.length : 0);
    }
    return size;
  }
}
