package dev.puna.tokenizer.pattern;

import dev.puna.tokenizer.text.Categories;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Sets of Unicode that are not made of general categories alone. */
final class Words {
  /** What {@code \w} stands for: annex C of Unicode's technical standard 18. */
  static final List<int[]> RANGES =
      ranges(
          point ->
              Character.isAlphabetic(point)
                  || Categories.is(
                      point, Categories.MARK | Categories.DECIMAL | Categories.CONNECTOR)
                  || point == 0x200C
                  || point == 0x200D);

  /** The script Han. */
  static final List<int[]> HAN =
      ranges(point -> Character.UnicodeScript.of(point) == Character.UnicodeScript.HAN);

  private Words() {}

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
