package dev.puna.tokenizer.vocabulary;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The ids of pieces that are one character, in pages of 256. */
final class CharacterIds {
  private final int @Nullable [][] pages = new int[(Character.MAX_CODE_POINT >> 8) + 1][];

  /** Those pieces that have something in front of the character and behind it. */
  CharacterIds(Pieces pieces, String prefix, String suffix) {
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
    if (page == null) {
      page = new int[256];
      Arrays.fill(page, -1);
      pages[point >> 8] = page;
    }
    page[point & 0xFF] = id;
  }

  /** The id of a character; -1 for none. */
  int get(int point) {
    int[] page = pages[point >> 8];
    return page == null ? -1 : page[point & 0xFF];
  }
}
