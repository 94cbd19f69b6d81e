package dev.puna.tokenizer.normalize;

import dev.puna.tokenizer.text.Categories;
import java.text.Normalizer.Form;

/**
 * BertNormalizer.
 *
 * @param cleansText drops control characters and makes all white space a space
 * @param isolatesHan puts spaces around Chinese characters
 * @param stripsAccents drops what NFD makes of accents
 * @param lowers makes letters small
 */
public record Bert(boolean cleansText, boolean isolatesHan, boolean stripsAccents, boolean lowers)
    implements Normalizer {
  /** The blocks of Chinese characters as BERT knew them; the gap before U+2B920 is its own. */
  private static final int[] HAN = {
    0x3400, 0x4DBF, 0x4E00, 0x9FFF, 0xF900, 0xFAFF, 0x20000, 0x2A6DF,
    0x2A700, 0x2B73F, 0x2B740, 0x2B81F, 0x2B920, 0x2CEAF, 0x2F800, 0x2FA1F
  };

  private static final int DROPPED =
      Categories.CONTROL | Categories.FORMAT | Categories.PRIVATE_USE | Categories.SURROGATE;

  @Override
  public String normalize(String text) {
    String normalized = cleansText || isolatesHan ? cleaned(text) : text;
    if (stripsAccents) {
      normalized = Letters.stripMarks(new UnicodeForm(Form.NFD).normalize(normalized));
    }
    return lowers ? Letters.lower(normalized) : normalized;
  }

  private String cleaned(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    int point;
    for (int i = 0; i < text.length(); i += Character.charCount(point)) {
      point = text.codePointAt(i);
      if (cleansText && Categories.is(point, Categories.WHITE_SPACE)) {
        // U+000B, U+000C and U+0085 count as control characters, which go first.
        if (!isDropped(point)) {
          out.append(' ');
        }
      } else if (isolatesHan && isHan(point)) {
        out.append(' ').appendCodePoint(point).append(' ');
      } else if (!cleansText || !isDropped(point)) {
        out.appendCodePoint(point);
      }
    }
    return out.toString();
  }

  private static boolean isDropped(int point) {
    if (point == '\t' || point == '\n' || point == '\r') {
      return false;
    }
    return point == 0xFFFD || Categories.is(point, DROPPED);
  }

  private static boolean isHan(int point) {
    for (int i = 0; i < HAN.length && point >= 0x3400; i += 2) {
      if (point >= HAN[i] && point <= HAN[i + 1]) {
        return true;
      }
    }
    return false;
  }
}
