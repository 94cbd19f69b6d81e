package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.IntArray;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ids of words that were seen lately. Bounded: each word has one slot, which the last one
 * keeps. Threads may share it, since entries never change: at worst one is overwritten.
 */
final class WordCache {
  private static final int BITS = 15;
  private static final int LONGEST_WORD = 96;
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private record Entry(byte[] word, int[] ids) {}

  private final @Nullable Entry[] entries = new Entry[1 << BITS];

  /** Appends the ids of a word; false if it is not known. */
  boolean find(long hash, byte[] text, int from, int to, IntArray ids) {
    Entry entry = entries[slot(hash)];
    if (entry == null || !Arrays.equals(entry.word, 0, entry.word.length, text, from, to)) {
      return false;
    }
    if (entry.ids.length == 1) {
      ids.add(entry.ids[0]);
    } else {
      ids.add(entry.ids, 0, entry.ids.length);
    }
    return true;
  }

  void keep(long hash, byte[] text, int from, int to, int[] ids) {
    if (to - from <= LONGEST_WORD) {
      entries[slot(hash)] = new Entry(Arrays.copyOfRange(text, from, to), ids);
    }
  }

  private static int slot(long hash) {
    return (int) ((hash ^ hash >>> 32) * MIX >>> Long.SIZE - BITS);
  }
}
