package dev.puna.engine.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A set of characters: code points without the surrogates, which no text in UTF-8 holds. */
final class CharSet {
  static final CharSet NONE = new CharSet(new int[0]);
  static final CharSet ALL = NONE.negated();

  /** First and last code point of each range: sorted, apart from each other. */
  private final int[] ranges;

  private CharSet(int[] ranges) {
    this.ranges = ranges;
  }

  static CharSet range(int from, int to) {
    return new Builder().add(from, to).build();
  }

  static CharSet of(String characters) {
    Builder builder = new Builder();
    characters.codePoints().forEach(c -> builder.add(c, c));
    return builder.build();
  }

  /** Collects ranges in any order. */
  static final class Builder {
    private final List<int[]> ranges = new ArrayList<>();

    Builder add(int from, int to) {
      if (from < Character.MIN_SURROGATE && to > Character.MAX_SURROGATE) {
        ranges.add(new int[] {from, Character.MIN_SURROGATE - 1});
        ranges.add(new int[] {Character.MAX_SURROGATE + 1, to});
        return this;
      }
      int low = from >= Character.MIN_SURROGATE && from <= Character.MAX_SURROGATE ? 0xE000 : from;
      int high = to >= Character.MIN_SURROGATE && to <= Character.MAX_SURROGATE ? 0xD7FF : to;
      if (low <= high) {
        ranges.add(new int[] {low, high});
      }
      return this;
    }

    Builder add(CharSet set) {
      for (int i = 0; i < set.ranges.length; i += 2) {
        ranges.add(new int[] {set.ranges[i], set.ranges[i + 1]});
      }
      return this;
    }

    CharSet build() {
      ranges.sort((a, b) -> Integer.compare(a[0], b[0]));
      int[] merged = new int[2 * ranges.size()];
      int length = 0;
      for (int[] range : ranges) {
        if (length > 0 && range[0] <= merged[length - 1] + 1) {
          merged[length - 1] = Math.max(merged[length - 1], range[1]);
        } else {
          merged[length++] = range[0];
          merged[length++] = range[1];
        }
      }
      return new CharSet(Arrays.copyOf(merged, length));
    }
  }

  CharSet negated() {
    Builder builder = new Builder();
    int from = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] > from) {
        builder.add(from, ranges[i] - 1);
      }
      from = ranges[i + 1] + 1;
    }
    if (from <= Character.MAX_CODE_POINT) {
      builder.add(from, Character.MAX_CODE_POINT);
    }
    return builder.build();
  }

  CharSet or(CharSet other) {
    return new Builder().add(this).add(other).build();
  }

  CharSet without(CharSet other) {
    return negated().or(other).negated();
  }

  boolean contains(int point) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (point >= ranges[i] && point <= ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  boolean isEmpty() {
    return ranges.length == 0;
  }

  /** First and last code point of each range; not to be changed. */
  int[] ranges() {
    return ranges;
  }
}
