package dev.puna.tokenizer.vocabulary;

import java.util.Arrays;

/** The ids of pieces that are one character, in pages of 256. */
final class CharacterIds {
  private static final int[] NONE = new int[256];

  static {
    Arrays.fill(NONE, -1);
  }

  private final int[][] pages = new int[(Character.MAX_CODE_POINT >> 8) + 1][];

  /** Those pieces that have something in front of the character and behind it. */
  CharacterIds(Pieces pieces, String prefix, String suffix) {
    Arrays.fill(pages, NONE);
    int around = prefix.length() + suffix.length();
    for (int id = 0; id < pieces.size(); id++) {
      String piece = pieces.get(id);
      int length = piece.length() - around;
      if (length < 1 || length > 2 || !piece.startsWith(prefix) || !piece.endsWith(suffix)) {
        continue;
      }
      int point = piece.codePointAt(prefix.length());
      if (Character.charCount(point) == length) {
        put(point, id);
      }
    }
  }

  private void put(int point, int id) {
    int[] page = pages[point >> 8];
    if (page == NONE) {
      page = NONE.clone();
      pages[point >> 8] = page;
    }
    page[point & 0xFF] = id;
  }

  /** The id of a character; -1 for none. */
  int get(int point) {
    return pages[point >> 8][point & 0xFF];
  }
}
