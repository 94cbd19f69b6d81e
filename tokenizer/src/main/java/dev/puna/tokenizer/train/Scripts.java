package dev.puna.tokenizer.train;

import java.lang.Character.UnicodeScript;

/**
 * The scripts of characters as SentencePiece tells them apart: Hiragana and Katakana count as Han,
 * and combining marks belong to whatever stands before them.
 */
final class Scripts {
  /** From {@link #of}: the same as before. */
  static final int INHERITED = -1;

  private static final int PROLONGED_SOUND_MARK = 0x30FC;

  /** Script + 2 of each character of the basic plane; 0 if it was not looked up yet. */
  private final short[] known = new short[1 << 16];

  /** A number for a character's script. */
  int of(int point) {
    if (point >= known.length) {
      return find(point);
    }
    if (known[point] == 0) {
      known[point] = (short) (find(point) + 2);
    }
    return known[point] - 2;
  }

  private static int find(int point) {
    UnicodeScript script =
        point == PROLONGED_SOUND_MARK ? UnicodeScript.HAN : UnicodeScript.of(point);
    return switch (script) {
      case HIRAGANA, KATAKANA -> UnicodeScript.HAN.ordinal();
      case INHERITED -> INHERITED;
      default -> script.ordinal();
    };
  }
}
