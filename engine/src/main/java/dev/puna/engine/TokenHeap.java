package dev.puna.engine;

/**
 * Takes tokens in the order of falling keys, equal keys by rising id, without sorting the rest.
 * Both steps work in place: a token costs no allocation.
 */
final class TokenHeap {
  private int[] tokens = new int[0];
  private int all;
  private int left;

  /** Holds every token, 0 to n - 1. */
  void fill(float[] keys) {
    ensure(keys.length);
    for (int i = 0; i < all; i++) {
      tokens[i] = i;
    }
    order(keys);
  }

  /** Holds the first {@code count} of some tokens. */
  void fill(float[] keys, int[] some, int count) {
    ensure(count);
    System.arraycopy(some, 0, tokens, 0, count);
    order(keys);
  }

  private void ensure(int count) {
    if (tokens.length < count) {
      tokens = new int[count];
    }
    all = count;
    left = count;
  }

  private void order(float[] keys) {
    for (int i = all / 2 - 1; i >= 0; i--) {
      sink(keys, i);
    }
  }

  /** The token with the largest key, which leaves the heap. */
  int pop(float[] keys) {
    int token = tokens[0];
    tokens[0] = tokens[--left];
    tokens[left] = token;
    sink(keys, 0);
    return token;
  }

  /** The {@code i}-th token that was popped, from 0. */
  int popped(int i) {
    return tokens[all - 1 - i];
  }

  /** Tokens that have not been popped: {@link #rest} 0 to this. */
  int left() {
    return left;
  }

  int rest(int i) {
    return tokens[i];
  }

  private void sink(float[] keys, int i) {
    int size = left;
    int token = tokens[i];
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && before(keys, tokens[child + 1], tokens[child])) {
        child++;
      }
      if (!before(keys, tokens[child], token)) {
        break;
      }
      tokens[i] = tokens[child];
      i = child;
    }
    tokens[i] = token;
  }

  private static boolean before(float[] keys, int a, int b) {
    return keys[a] > keys[b] || (keys[a] == keys[b] && a < b);
  }
}
