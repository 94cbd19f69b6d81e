package dev.puna.tokenizer.train;

import java.util.Arrays;

/** Pairs of symbols: how often each stands in the words, and in which. */
final class PairCounts {
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
  private static final int[] NO_PLACES = {};

  private long[] keys = new long[1 << 10];
  private long[] counts = new long[1 << 10];
  private int[][] places = new int[1 << 10][];
  private int[] placeCounts = new int[1 << 10];
  private int[] turns = new int[1 << 10];
  private int size;

  /** Pair + 1; 0 for an empty slot. */
  private int[] slots = new int[1 << 12];

  private int shift = 64 - 12;

  /** The pair's number; a new one if it was never seen. */
  int index(int left, int right) {
    long key = (long) left << 32 | right;
    int slot = (int) (key * MIX >>> shift);
    for (int entry; (entry = slots[slot]) != 0; slot = slot + 1 & slots.length - 1) {
      if (keys[entry - 1] == key) {
        return entry - 1;
      }
    }
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
      places = Arrays.copyOf(places, 2 * size);
      placeCounts = Arrays.copyOf(placeCounts, 2 * size);
      turns = Arrays.copyOf(turns, 2 * size);
    }
    keys[size] = key;
    places[size] = NO_PLACES;
    turns[size] = -1;
    slots[slot] = ++size;
    if (2 * size > slots.length) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    slots = new int[2 * slots.length];
    shift--;
    for (int pair = 0; pair < size; pair++) {
      int slot = (int) (keys[pair] * MIX >>> shift);
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = pair + 1;
    }
  }

  int left(int pair) {
    return (int) (keys[pair] >>> 32);
  }

  int right(int pair) {
    return (int) keys[pair];
  }

  long count(int pair) {
    return counts[pair];
  }

  void add(int pair, long change) {
    counts[pair] += change;
  }

  /** Forgets a pair that stands nowhere any more. */
  void clear(int pair) {
    counts[pair] = 0;
    places[pair] = NO_PLACES;
    placeCounts[pair] = 0;
  }

  /** Notes that room is needed for a word, which comes after all words before, holding the pair. */
  void expectPlace(int pair, int word) {
    if (takeTurn(pair, word)) {
      placeCounts[pair]++;
    }
  }

  /** Makes room for what was expected. */
  void makeRoom() {
    for (int pair = 0; pair < size; pair++) {
      places[pair] = new int[placeCounts[pair]];
      placeCounts[pair] = 0;
      turns[pair] = -1;
    }
  }

  /** Notes that a word holds the pair. */
  void addPlace(int pair, int word) {
    int count = placeCounts[pair];
    if (count > 0 && places[pair][count - 1] == word) {
      return;
    }
    if (count == places[pair].length) {
      places[pair] = Arrays.copyOf(places[pair], Math.max(2, 2 * count));
    }
    places[pair][count] = word;
    placeCounts[pair]++;
  }

  /** The words that hold or held the pair, in order; none of them twice. */
  int[] places(int pair) {
    int[] sorted = Arrays.copyOf(places[pair], placeCounts[pair]);
    Arrays.sort(sorted);
    int size = 0;
    for (int word : sorted) {
      if (size == 0 || sorted[size - 1] != word) {
        sorted[size++] = word;
      }
    }
    return Arrays.copyOf(sorted, size);
  }

  /** Whether this is the first time that a pair is asked about in a turn. */
  boolean takeTurn(int pair, int turn) {
    boolean first = turns[pair] != turn;
    turns[pair] = turn;
    return first;
  }
}
