package dev.puna.tokenizer.pattern;

import dev.puna.tokenizer.text.Categories;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Sets of Unicode that are not made of general categories alone. */
final class Words {
  /** What {@code \w} stands for within brackets: no joiners, unlike Unicode's standard 18. */
  static final List<int[]> IN_BRACKETS =
      ranges(
          point ->
              Character.isAlphabetic(point)
                  || Categories.is(
                      point, Categories.MARK | Categories.DECIMAL | Categories.CONNECTOR));

  /** What {@code \w} stands for by itself: the fractions and superscripts of Latin-1 as well. */
  static final List<int[]> ALONE = ranges(point -> isIn(IN_BRACKETS, point) || isLatin1(point));

  /** The script Han. */
  static final List<int[]> HAN =
      ranges(point -> Character.UnicodeScript.of(point) == Character.UnicodeScript.HAN);

  private Words() {}

  private static boolean isLatin1(int point) {
    return "\u00B2\u00B3\u00B9\u00BC\u00BD\u00BE".indexOf(point) >= 0;
  }

  private static boolean isIn(List<int[]> ranges, int point) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (point > ranges.get(middle)[1]) {
        low = middle + 1;
      } else if (point < ranges.get(middle)[0]) {
        high = middle - 1;
      } else {
        return true;
      }
    }
    return false;
  }

  private static List<int[]> ranges(IntPredicate test) {
    int[] flat = CodePointSet.ranges(test);
    List<int[]> ranges = new ArrayList<>();
    for (int i = 0; i < flat.length; i += 2) {
      ranges.add(new int[] {flat[i], flat[i + 1]});
    }
    return List.copyOf(ranges);
  }

  /** The characters that differ from one in case only: for s, S and U+017F (long s). */
  static List<Integer> otherCases(int point) {
    List<Integer> others = new ArrayList<>();
    int folded = fold(point);
    if (folded != point) {
      others.add(folded);
    }
    if (Character.toUpperCase(point) != point) {
      others.add(Character.toUpperCase(point));
    }
    switch (folded) {
      case 's' -> others.add(0x17F);
      case 'k' -> others.add(0x212A);
      case 0xE5 -> others.add(0x212B);
      default -> {}
    }
    return others;
  }

  private static int fold(int point) {
    return Character.toLowerCase(Character.toUpperCase(point));
  }
}
