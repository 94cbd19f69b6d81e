package dev.puna.tokenizer.train;

import dev.puna.tokenizer.text.IntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Learns byte pair encoding (Sennrich et al. 2016): again and again the most frequent pair of
 * neighbours in the words becomes a symbol. Counts and places of pairs are kept up to date, so a
 * merge costs as much as the words that hold it.
 */
final class PairMerges {
  /** Which of two equally frequent pairs comes first, and which may not merge at all. */
  enum Rule {
    /** The pair whose bytes are the greatest: the left symbol's, then the right one's. */
    GREATEST,
    /** SentencePiece's: the shortest, then the smallest of what they make; each is made once. */
    SHORTEST
  }

  /**
   * A merge.
   *
   * @param made the symbol that it makes; with {@link Rule#GREATEST} it may exist already
   */
  record Merge(int left, int right, int made) {}

  private final Words words;
  private final int[] lengths;
  private final Rule rule;
  private final int longest;

  /** What each symbol is made of: bytes or characters. */
  private final List<int[]> contents;

  private final Map<List<Integer>, Integer> byContent = new HashMap<>();
  private final PairCounts pairs = new PairCounts();
  private final PairQueue queue;

  private final IntArray grown = new IntArray();
  private int merges;

  /**
   * @param words over the symbols {@code 0 .. alphabet.size()}; changed
   * @param alphabet what each symbol is: a byte or a character
   * @param longest how much a symbol may be made of
   */
  PairMerges(Words words, List<int[]> alphabet, Rule rule, int longest) {
    this.words = words;
    this.rule = rule;
    this.longest = longest;
    contents = new ArrayList<>(alphabet);
    for (int symbol = 0; symbol < alphabet.size(); symbol++) {
      byContent.put(key(alphabet.get(symbol)), symbol);
    }
    queue = new PairQueue(this::compare);
    lengths = new int[words.size()];
    for (int word = 0; word < lengths.length; word++) {
      lengths[word] = words.starts()[word + 1] - words.starts()[word];
    }
    eachPair((left, right, word) -> pairs.expectPlace(pairs.index(left, right), word));
    pairs.makeRoom();
    eachPair(
        (left, right, word) -> {
          int pair = pairs.index(left, right);
          if (pairs.count(pair) == 0) {
            grown.add(pair);
          }
          pairs.add(pair, words.counts()[word]);
          pairs.addPlace(pair, word);
        });
    queueGrown();
  }

  private interface PairUser {
    void at(int left, int right, int word);
  }

  private void eachPair(PairUser user) {
    for (int word = 0; word < lengths.length; word++) {
      int from = words.starts()[word];
      for (int i = from + 1; i < from + lengths[word]; i++) {
        user.at(words.symbols()[i - 1], words.symbols()[i], word);
      }
    }
  }

  private static List<Integer> key(int[] content) {
    return Arrays.stream(content).boxed().toList();
  }

  /** What a symbol is made of: bytes or characters. */
  int[] content(int symbol) {
    return contents.get(symbol);
  }

  int symbols() {
    return contents.size();
  }

  private void count(int left, int right, long change, int word) {
    int pair = pairs.index(left, right);
    if (change > 0) {
      pairs.addPlace(pair, word);
      grown.add(pair);
    }
    pairs.add(pair, change);
  }

  /** Queues the pairs that became more frequent. */
  private void queueGrown() {
    for (int i = 0; i < grown.size(); i++) {
      int pair = grown.get(i);
      if (pairs.takeTurn(pair, merges) && mayMerge(pair)) {
        queue.add(pair, frequency(pair));
      }
    }
    grown.truncate(0);
  }

  /**
   * How often a pair stands in the words. Two of the three equal symbols in a row can merge once,
   * which SentencePiece counts as once, others as twice.
   */
  private long frequency(int pair) {
    int left = pairs.left(pair);
    if (rule == Rule.GREATEST || left != pairs.right(pair)) {
      return pairs.count(pair);
    }
    long frequency = 0;
    for (int word : pairs.places(pair)) {
      int run = 0;
      int from = words.starts()[word];
      for (int i = from; i < from + lengths[word]; i++) {
        run = words.symbols()[i] == left ? run + 1 : 0;
        frequency += run > 0 && run % 2 == 0 ? words.counts()[word] : 0;
      }
    }
    return frequency;
  }

  private boolean mayMerge(int pair) {
    int[] left = contents.get(pairs.left(pair));
    int[] right = contents.get(pairs.right(pair));
    // With SentencePiece a space may stand within a piece, but not at its end.
    return left.length + right.length <= longest
        && (rule == Rule.GREATEST || right[right.length - 1] != SentencePieceWords.SPACE);
  }

  /** Below zero if the first pair comes first, equal counts provided. */
  private int compare(int a, int b) {
    int[] leftA = contents.get(pairs.left(a));
    int[] leftB = contents.get(pairs.left(b));
    int[] rightA = contents.get(pairs.right(a));
    int[] rightB = contents.get(pairs.right(b));
    if (rule == Rule.GREATEST) {
      int left = Arrays.compare(leftB, leftA);
      return left != 0 ? left : Arrays.compare(rightB, rightA);
    }
    int length = leftA.length + rightA.length - leftB.length - rightB.length;
    if (length != 0) {
      return length;
    }
    int whole = Arrays.compare(join(leftA, rightA), join(leftB, rightB));
    return whole != 0 ? whole : Integer.compare(leftA.length, leftB.length);
  }

  private static int[] join(int[] left, int[] right) {
    int[] joined = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, joined, left.length, right.length);
    return joined;
  }

  /** The next merge; null if no two symbols stand side by side any more. */
  @Nullable Merge next() {
    while (!queue.isEmpty()) {
      long count = queue.topCount();
      int pair = queue.removeTop();
      long now = frequency(pair);
      if (now != count) {
        if (now > 0 && now < count) {
          queue.add(pair, now);
        }
        continue;
      }
      int[] content = join(contents.get(pairs.left(pair)), contents.get(pairs.right(pair)));
      Integer known = byContent.get(key(content));
      if (known != null && rule == Rule.SHORTEST) {
        continue;
      }
      int made = known != null ? known : contents.size();
      if (known == null) {
        contents.add(content);
        byContent.put(key(content), made);
      }
      Merge merge = new Merge(pairs.left(pair), pairs.right(pair), made);
      apply(merge, pair);
      return merge;
    }
    return null;
  }

  private void apply(Merge merge, int pair) {
    merges++;
    for (int word : pairs.places(pair)) {
      apply(merge, word, words.starts()[word], words.counts()[word]);
    }
    pairs.clear(pair);
    queueGrown();
  }

  private void apply(Merge merge, int word, int from, long count) {
    int[] symbols = words.symbols();
    int end = from + lengths[word];
    int out = from;
    for (int i = from; i < end; i++) {
      if (symbols[i] != merge.left || i + 1 == end || symbols[i + 1] != merge.right) {
        symbols[out++] = symbols[i];
        continue;
      }
      if (out > from) {
        count(symbols[out - 1], merge.left, -count, word);
        count(symbols[out - 1], merge.made, count, word);
      }
      if (i + 2 < end) {
        count(merge.right, symbols[i + 2], -count, word);
        count(merge.made, symbols[i + 2], count, word);
      }
      symbols[out++] = merge.made;
      i++;
    }
    lengths[word] = out - from;
  }
}
