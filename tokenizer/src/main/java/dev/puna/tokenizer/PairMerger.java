package dev.puna.tokenizer;

import dev.puna.tokenizer.text.LongHeap;
import dev.puna.tokenizer.text.PieceTable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Byte pair encoding of a stretch of text, as bpe_model.cc of SentencePiece does it: of all pairs
 * of neighbours that make a piece, the one with the best score is merged, the leftmost of equal
 * ones, until none is left. Neighbours are a linked list and pairs a heap, so the cost grows with n
 * log n.
 */
final class PairMerger {
  private static final int NONE = -1;

  private final PieceTable table;
  private final int[] ranks;
  private final BitSet unused;
  private final byte[] text;

  // One entry per symbol. A symbol that was merged into its left neighbour keeps no pair.
  private int count;
  private int[] start = new int[64];
  private int[] length = new int[64];
  private long[] hash = new long[64];

  /** The piece that the symbol is; -1 for a character outside the vocabulary. */
  private int[] piece = new int[64];

  private boolean[] frozen = new boolean[64];
  private int[] previous = new int[64];
  private int[] next = new int[64];

  /** The piece that the symbol makes with its right neighbour; -1 for none. */
  private int[] pair = new int[64];

  /** Upper half: rank; lower half: left symbol. The smallest one is on top. */
  private final LongHeap heap = new LongHeap();

  /** How long the left half was when a pair last made an unused piece. */
  private final Map<Integer, Integer> leftHalves = new HashMap<>();

  /**
   * @param ranks of a piece: the smaller, the earlier it merges
   * @param unused ids of pieces that fall apart again
   */
  PairMerger(PieceTable table, int[] ranks, BitSet unused, byte[] text) {
    this.table = table;
    this.ranks = ranks;
    this.unused = unused;
    this.text = text;
  }

  int count() {
    return count;
  }

  void clear() {
    count = 0;
  }

  /** Adds a character, or a user-defined piece that no merge may touch. */
  void add(int from, int bytes, boolean isFrozen) {
    if (count == start.length) {
      grow();
    }
    start[count] = from;
    length[count] = bytes;
    hash[count] = PieceTable.hash(text, from, bytes);
    piece[count] = table.find(hash[count], text, from, bytes);
    frozen[count] = isFrozen;
    previous[count] = count - 1;
    next[count] = count + 1;
    pair[count] = NONE;
    count++;
  }

  /** Merges what there is; then symbols are {@code 0}, {@code next(0)} and so on. */
  void merge() {
    if (count == 0) {
      return;
    }
    next[count - 1] = NONE;
    heap.clear();
    for (int right = 1; right < count; right++) {
      findPair(right - 1, right);
    }
    while (!heap.isEmpty()) {
      long top = heap.removeSmallest();
      int left = (int) top;
      // The pair may have changed since. If by chance to one of equal rank, this is its turn too.
      if (pair[left] != NONE && ranks[pair[left]] == (int) (top >> 32)) {
        mergeRight(left);
      }
    }
  }

  private void mergeRight(int left) {
    int right = next[left];
    hash[left] = table.join(hash[left], hash[right], length[right]);
    length[left] += length[right];
    piece[left] = pair[left];
    pair[right] = NONE;
    next[left] = next[right];
    if (next[left] != NONE) {
      previous[next[left]] = left;
    }
    findPair(previous[left], left);
    findPair(left, next[left]);
  }

  private void findPair(int left, int right) {
    if (left == NONE) {
      return;
    }
    pair[left] = NONE;
    if (right == NONE || frozen[left] || frozen[right]) {
      return;
    }
    int bytes = length[left] + length[right];
    if (bytes > table.longest()) {
      return;
    }
    long joined = table.join(hash[left], hash[right], length[right]);
    int merged = table.find(joined, text, start[left], bytes);
    if (merged == NONE) {
      return;
    }
    pair[left] = merged;
    heap.add((long) ranks[merged] << 32 | left);
    if (unused.get(merged)) {
      leftHalves.put(merged, length[left]);
    }
  }

  /** The symbol to the right; -1 after the last one. */
  int next(int symbol) {
    return next[symbol];
  }

  int start(int symbol) {
    return start[symbol];
  }

  int length(int symbol) {
    return length[symbol];
  }

  /** The id of a symbol; -1 for a character outside the vocabulary. */
  int piece(int symbol) {
    return piece[symbol];
  }

  /** The bytes of an unused piece's left half; 0 if it was never made of two. */
  int leftHalf(int unusedPiece) {
    return leftHalves.getOrDefault(unusedPiece, 0);
  }

  private void grow() {
    int size = 2 * count;
    start = Arrays.copyOf(start, size);
    length = Arrays.copyOf(length, size);
    hash = Arrays.copyOf(hash, size);
    piece = Arrays.copyOf(piece, size);
    frozen = Arrays.copyOf(frozen, size);
    previous = Arrays.copyOf(previous, size);
    next = Arrays.copyOf(next, size);
    pair = Arrays.copyOf(pair, size);
  }
}
