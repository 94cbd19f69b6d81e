package dev.puna.tokenizer.pattern;

import dev.puna.tokenizer.text.Categories;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A set of code points: some categories and some ranges, or all others, within another set. */
final class CodePointSet {
  /** Which of U+0000 to U+003F and of U+0040 to U+007F are in it. */
  private final long low;

  private final long high;

  private final int categories;

  /** First and last code points of ranges, ascending and apart. */
  private final int[] ranges;

  private final boolean negated;
  private final @Nullable CodePointSet within;

  CodePointSet(int categories, int[] ranges, boolean negated, @Nullable CodePointSet within) {
    this.categories = categories;
    this.ranges = ranges;
    this.negated = negated;
    this.within = within;
    long firstHalf = 0;
    long secondHalf = 0;
    for (int point = 0; point < 64; point++) {
      firstHalf |= search(point) ? 1L << point : 0;
      secondHalf |= search(point + 64) ? 1L << point : 0;
    }
    low = firstHalf;
    high = secondHalf;
  }

  boolean contains(int point) {
    if (point < 128) {
      return ((point < 64 ? low : high) >>> point & 1) != 0;
    }
    return search(point);
  }

  private boolean search(int point) {
    boolean found = Categories.is(point, categories) || ranges.length > 0 && inRanges(point);
    return found != negated && (within == null || within.search(point));
  }

  private boolean inRanges(int point) {
    int at = Arrays.binarySearch(ranges, point);
    // Between a first and a last one the place to insert at is odd.
    return at >= 0 || (~at & 1) == 1;
  }

  /** The ranges of all code points that a test holds for. */
  static int[] ranges(IntPredicate test) {
    int[] ranges = new int[64];
    int size = 0;
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (!test.test(point)) {
        continue;
      }
      int first = point;
      while (point < Character.MAX_CODE_POINT && test.test(point + 1)) {
        point++;
      }
      if (size == ranges.length) {
        ranges = Arrays.copyOf(ranges, 2 * size);
      }
      ranges[size++] = first;
      ranges[size++] = point;
    }
    return Arrays.copyOf(ranges, size);
  }
}
