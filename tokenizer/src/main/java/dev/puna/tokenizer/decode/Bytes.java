package dev.puna.tokenizer.decode;

import dev.puna.tokenizer.text.Utf8;
import java.util.Arrays;

/** Bytes in, whole characters out. */
final class Bytes {
  private static final char REPLACEMENT = '\uFFFD';

  /** What becomes of bytes that are no character. */
  enum Damage {
    /** One U+FFFD for as many as began one, as the Unicode standard recommends. */
    PER_SEQUENCE,
    /** One U+FFFD for each. */
    PER_BYTE
  }

  private final Damage damage;
  private byte[] held = new byte[16];
  private int count;

  Bytes(Damage damage) {
    this.damage = damage;
  }

  void add(byte value) {
    if (count == held.length) {
      held = Arrays.copyOf(held, 2 * count);
    }
    held[count++] = value;
  }

  /** The characters that are complete. */
  String complete() {
    return take(false);
  }

  /** All that is left. */
  String finish() {
    return take(true);
  }

  private String take(boolean all) {
    if (count == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < count) {
      int point = Utf8.decode(held, at, count);
      if (point >= 0) {
        text.appendCodePoint(point);
        at += Utf8.length(held[at]);
        continue;
      }
      int begun = begun(at);
      if (at + begun == count && mayGoOn(at) && !all) {
        break;
      }
      text.append(REPLACEMENT);
      at += damage == Damage.PER_BYTE ? 1 : begun;
    }
    System.arraycopy(held, at, held, 0, count - at);
    count -= at;
    return text.toString();
  }

  /** How many bytes from here on could begin one character; at least one. */
  private int begun(int at) {
    int lead = held[at] & 0xFF;
    int length = lead < 0xC2 || lead > 0xF4 ? 1 : Utf8.length(held[at]);
    int end = at + 1;
    while (end < count && end < at + length && isTrail(lead, end - at, held[end] & 0xFF)) {
      end++;
    }
    return end - at;
  }

  private boolean mayGoOn(int at) {
    int lead = held[at] & 0xFF;
    return lead >= 0xC2 && lead <= 0xF4;
  }

  /** The second byte is limited further: no overlong forms, no surrogates, none past U+10FFFF. */
  private static boolean isTrail(int lead, int index, int value) {
    int least = 0x80;
    int most = 0xBF;
    if (index == 1) {
      switch (lead) {
        case 0xE0 -> least = 0xA0;
        case 0xED -> most = 0x9F;
        case 0xF0 -> least = 0x90;
        case 0xF4 -> most = 0x8F;
        default -> {}
      }
    }
    return value >= least && value <= most;
  }
}
