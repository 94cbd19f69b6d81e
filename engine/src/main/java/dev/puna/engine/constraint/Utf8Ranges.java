package dev.puna.engine.constraint;

import java.nio.charset.StandardCharsets;

/**
 * Ranges of code points as ranges of bytes: a range is cut where the length of its UTF-8 changes,
 * then until all but its leading bytes agree or are free, so that each piece is a product of
 * ranges, one for each byte (Ken Thompson's construction, as in many regular expression engines).
 */
final class Utf8Ranges {
  /** The last code point of one, two, three and four bytes. */
  private static final int[] LAST = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

  private Utf8Ranges() {}

  /** Takes bytes {@code low[i] .. high[i]} for i below {@code length}. Not to be kept. */
  interface Sink {
    void accept(int[] low, int[] high, int length);
  }

  static void cut(int from, int to, Sink sink) {
    int low = from;
    for (int last : LAST) {
      if (low <= Math.min(last, to)) {
        sameLength(low, Math.min(last, to), sink);
        low = last + 1;
      }
    }
  }

  private static void sameLength(int from, int to, Sink sink) {
    int length = from <= LAST[0] ? 1 : from <= LAST[1] ? 2 : from <= LAST[2] ? 3 : 4;
    for (int trailing = 1; trailing < length; trailing++) {
      int mask = (1 << 6 * trailing) - 1;
      if ((from & ~mask) != (to & ~mask)) {
        if ((from & mask) != 0) {
          sameLength(from, from | mask, sink);
          sameLength((from | mask) + 1, to, sink);
          return;
        }
        if ((to & mask) != mask) {
          sameLength(from, (to & ~mask) - 1, sink);
          sameLength(to & ~mask, to, sink);
          return;
        }
      }
    }
    emit(from, to, sink);
  }

  private static void emit(int from, int to, Sink sink) {
    byte[] first = Character.toString(from).getBytes(StandardCharsets.UTF_8);
    byte[] last = Character.toString(to).getBytes(StandardCharsets.UTF_8);
    int length = first.length;
    int[] low = new int[length];
    int[] high = new int[length];
    for (int i = 0; i < length; i++) {
      low[i] = first[i] & 0xFF;
      high[i] = last[i] & 0xFF;
    }
    sink.accept(low, high, length);
  }
}
