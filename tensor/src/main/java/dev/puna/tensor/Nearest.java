package dev.puna.tensor;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The known names nearest to one that is not known, for messages. */
public final class Nearest {
  /** No name is longer; the rest of a longer text does not matter. */
  private static final int MOST_CHARACTERS = 100;

  private Nearest() {}

  /**
   * Names by Levenshtein's distance to {@code wanted}, whatever the case; of two equally near ones
   * the earlier first.
   *
   * @param most how many at most
   */
  public static List<String> names(String wanted, Collection<String> known, int most) {
    String lower = wanted.toLowerCase(Locale.ROOT);
    return known.stream()
        .sorted(Comparator.comparingInt(name -> distance(name.toLowerCase(Locale.ROOT), lower)))
        .limit(most)
        .toList();
  }

  /** How many characters have to be changed, added or taken away. */
  private static int distance(String a, String b) {
    int limit = Math.min(b.length(), MOST_CHARACTERS);
    int[] row = new int[limit + 1];
    for (int j = 0; j <= limit; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= limit; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[limit];
  }
}
