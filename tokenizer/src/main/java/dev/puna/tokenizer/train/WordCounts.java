package dev.puna.tokenizer.train;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.PieceTable;
import java.util.Arrays;

/** How often each word was seen; words are byte strings. Not for several threads at once. */
final class WordCounts {
  private static final long MIX = 0xD6E8_FEB8_6659_FD93L;

  /** All words together have to lie in one array. */
  private static final int MOST_BYTES = 2_000_000_000;

  private final ByteArray bytes = new ByteArray(1 << 16);
  private int[] starts = new int[1 << 10];
  private long[] counts = new long[1 << 10];
  private int size;

  /** Upper half: upper half of the mixed hash; lower half: word + 1, 0 for an empty slot. */
  private long[] slots = new long[1 << 12];

  private int shift = 64 - 12;

  /** The number of different words. */
  int size() {
    return size;
  }

  long count(int word) {
    return counts[word];
  }

  /** The bytes of all words, one after the other. */
  byte[] bytes() {
    return bytes.bytes();
  }

  /** Where a word begins in {@link #bytes}; that of the word after the last one is the end. */
  int start(int word) {
    return starts[word];
  }

  /** Counts {@code text[from .. to)}, which is not empty. */
  void add(byte[] text, int from, int to, long count) {
    long hash = PieceTable.hash(text, from, to - from);
    long mixed = (hash ^ hash >>> 32) * MIX;
    int slot = (int) (mixed >>> shift);
    for (long entry; (entry = slots[slot]) != 0; slot = slot + 1 & slots.length - 1) {
      int word = (int) entry - 1;
      if ((entry ^ mixed) >>> 32 == 0
          && Arrays.equals(bytes.bytes(), starts[word], starts[word + 1], text, from, to)) {
        counts[word] += count;
        return;
      }
    }
    slots[slot] = mixed & 0xFFFF_FFFF_0000_0000L | append(text, from, to, count) + 1;
    if (2 * size > slots.length) {
      grow();
    }
  }

  private int append(byte[] text, int from, int to, long count) {
    if (to - from > MOST_BYTES - bytes.length()) {
      throw new PunaException(
          "the corpus has more than 2 GB of different words", "train on a part of it");
    }
    if (size + 1 == starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      counts = Arrays.copyOf(counts, 2 * counts.length);
    }
    bytes.add(text, from, to);
    counts[size] = count;
    starts[++size] = bytes.length();
    return size - 1;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[2 * old.length];
    shift--;
    for (long entry : old) {
      if (entry != 0) {
        int word = (int) entry - 1;
        long hash = PieceTable.hash(bytes.bytes(), starts[word], starts[word + 1] - starts[word]);
        int slot = (int) ((hash ^ hash >>> 32) * MIX >>> shift);
        while (slots[slot] != 0) {
          slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = entry;
      }
    }
  }

  void addAll(WordCounts others) {
    for (int word = 0; word < others.size; word++) {
      add(others.bytes(), others.starts[word], others.starts[word + 1], others.counts[word]);
    }
  }

  /** The words, the most frequent first; equal ones in the order of their bytes. */
  int[] sorted() {
    Integer[] order = new Integer[size];
    Arrays.setAll(order, i -> i);
    Arrays.parallelSort(
        order,
        (a, b) ->
            counts[a] != counts[b]
                ? Long.compare(counts[b], counts[a])
                : Arrays.compareUnsigned(
                    bytes.bytes(),
                    starts[a],
                    starts[a + 1],
                    bytes.bytes(),
                    starts[b],
                    starts[b + 1]));
    return Arrays.stream(order).mapToInt(i -> i).toArray();
  }
}
