package dev.puna.engine;

import java.util.List;

/** Lets text through up to the first stop string, which may come in several pieces. */
final class StopStrings {
  private final List<String> strings;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopStrings(List<String> strings) {
    this.strings = strings;
  }

  boolean found() {
    return found;
  }

  /** What may be shown now that {@code piece} has come. */
  String next(String piece) {
    if (strings.isEmpty()) {
      return piece;
    }
    held.append(piece);
    int end = held.length();
    for (String s : strings) {
      int at = held.indexOf(s);
      if (at >= 0 && at <= end) {
        found = true;
        end = at;
      }
    }
    return release(found ? end : held.length() - longestBeginning());
  }

  /** What was held back for nothing. */
  String finish() {
    return found ? "" : release(held.length());
  }

  private String release(int end) {
    String text = held.substring(0, end);
    held.delete(0, end);
    return text;
  }

  /** Length of the longest end of the held text with which a stop string begins. */
  private int longestBeginning() {
    int longest = 0;
    for (String s : strings) {
      for (int n = Math.min(s.length() - 1, held.length()); n > longest; n--) {
        if (s.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
