package dev.puna.tokenizer.split;

import java.lang.Character.UnicodeScript;
import org.jspecify.annotations.Nullable;

/**
 * Cuts where the script changes. Hiragana and Katakana count as Han; a space, or a character
 * without script, counts as whatever stands before it.
 */
public record UnicodeScripts() implements PreTokenizer {
  private static final int PROLONGED_SOUND_MARK = 0x30FC;

  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    UnicodeScript last = null;
    // The library drops what stands in front of the first change: spaces that begin a text.
    int start = -1;
    for (int at = from; at < to; at++) {
      UnicodeScript script = script(text[at]);
      if (script != null && script != last) {
        if (start >= 0) {
          next.accept(text, start, at, atStart && start == from);
        }
        start = at;
      }
      last = script == null ? last : script;
    }
    if (start >= 0) {
      next.accept(text, start, to, atStart && start == from);
    }
  }

  private static @Nullable UnicodeScript script(int point) {
    if (point == ' ') {
      return null;
    }
    UnicodeScript script = UnicodeScript.of(point);
    if (script == UnicodeScript.UNKNOWN) {
      return null;
    }
    boolean kana = script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA;
    return kana || point == PROLONGED_SOUND_MARK ? UnicodeScript.HAN : script;
  }
}
