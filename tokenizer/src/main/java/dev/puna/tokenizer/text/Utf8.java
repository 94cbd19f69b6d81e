package dev.puna.tokenizer.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** UTF-8, where lone surrogates are U+FFFD. */
public final class Utf8 {
  /** From {@link #decode}: no character begins here. */
  public static final int INVALID = -1;

  /** From {@link #decode}: more bytes may make a character of these. */
  public static final int INCOMPLETE = -2;

  private Utf8() {}

  /** The bytes of a text, lone surrogates as U+FFFD. */
  public static byte[] bytes(String text) {
    return withoutLoneSurrogates(text).getBytes(StandardCharsets.UTF_8);
  }

  /** Writes the UTF-8 of a code point; the number of bytes. */
  public static int encode(int point, byte[] out, int at) {
    if (point < 0x80) {
      out[at] = (byte) point;
      return 1;
    }
    if (point < 0x800) {
      out[at] = (byte) (0xC0 | point >> 6);
      out[at + 1] = (byte) (0x80 | point & 0x3F);
      return 2;
    }
    if (point < 0x10000) {
      out[at] = (byte) (0xE0 | point >> 12);
      out[at + 1] = (byte) (0x80 | point >> 6 & 0x3F);
      out[at + 2] = (byte) (0x80 | point & 0x3F);
      return 3;
    }
    out[at] = (byte) (0xF0 | point >> 18);
    out[at + 1] = (byte) (0x80 | point >> 12 & 0x3F);
    out[at + 2] = (byte) (0x80 | point >> 6 & 0x3F);
    out[at + 3] = (byte) (0x80 | point & 0x3F);
    return 4;
  }

  /** A text in which each lone surrogate is U+FFFD: what UTF-8 can express. */
  public static String withoutLoneSurrogates(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        StringBuilder mended = new StringBuilder(text.length());
        text.codePoints()
            .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
            .forEach(mended::appendCodePoint);
        return mended.toString();
      }
    }
    return text;
  }

  /** The text of bytes; null if they are not UTF-8. */
  public static @Nullable String string(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
    // Damage shows as U+FFFD, which may also stand there by right.
    if (text.indexOf('\uFFFD') >= 0) {
      byte[] again = text.getBytes(StandardCharsets.UTF_8);
      return Arrays.equals(again, 0, again.length, bytes, from, to) ? text : null;
    }
    return text;
  }

  /** The number of bytes that a text takes. */
  public static int length(String text) {
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // A surrogate pair takes four bytes, two for each half.
      length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return length;
  }

  /** The length in bytes of the character that begins with this byte, which is taken on trust. */
  public static int length(byte lead) {
    return switch ((lead & 0xFF) >> 4) {
      case 0xC, 0xD -> 2;
      case 0xE -> 3;
      case 0xF -> 4;
      default -> 1;
    };
  }

  /** The code point that begins at {@code from}, or {@link #INVALID} or {@link #INCOMPLETE}. */
  public static int decode(byte[] bytes, int from, int to) {
    int lead = bytes[from] & 0xFF;
    if (lead < 0x80) {
      return lead;
    }
    if (lead < 0xC2 || lead > 0xF4) {
      return INVALID;
    }
    int length = length(bytes[from]);
    int point = lead & (0x7F >> length);
    for (int i = 1; i < length; i++) {
      if (from + i >= to) {
        return INCOMPLETE;
      }
      int trail = bytes[from + i] & 0xFF;
      if (trail >> 6 != 0b10) {
        return INVALID;
      }
      point = point << 6 | (trail & 0x3F);
    }
    int least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    return point < least || point > Character.MAX_CODE_POINT || surrogate ? INVALID : point;
  }
}
