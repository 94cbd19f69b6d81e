package dev.puna.engine;

/**
 * Takes places out of some in the order of their falling keys, equal keys by rising place, without
 * sorting the rest: a heap. Works in place, so that a token costs no allocation.
 */
final class FallingOrder {
  private int[] places = new int[0];
  private int left;

  /** Forgets all. */
  void clear(int capacity) {
    if (places.length < capacity) {
      places = new int[capacity];
    }
    left = 0;
  }

  /** Adds a place, not yet in its order. */
  void add(int place) {
    places[left++] = place;
  }

  /** Puts what has been added in order. */
  void order(double[] keys) {
    for (int i = left / 2 - 1; i >= 0; i--) {
      sink(keys, i);
    }
  }

  /** Places that have not been taken. */
  int left() {
    return left;
  }

  /** Takes the place with the largest key. */
  int take(double[] keys) {
    int place = places[0];
    places[0] = places[--left];
    sink(keys, 0);
    return place;
  }

  private void sink(double[] keys, int i) {
    int place = places[i];
    while (2 * i + 1 < left) {
      int child = 2 * i + 1;
      if (child + 1 < left && before(keys, places[child + 1], places[child])) {
        child++;
      }
      if (!before(keys, places[child], place)) {
        break;
      }
      places[i] = places[child];
      i = child;
    }
    places[i] = place;
  }

  private static boolean before(double[] keys, int a, int b) {
    return keys[a] > keys[b] || (keys[a] == keys[b] && a < b);
  }
}
