package dev.puna.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds the largest logit. As integers that are ordered like the numbers the maximum is found many
 * at a time; then only the chunk that has it is looked through. Remembers the array that it looked
 * at last, so that a row costs no allocation.
 */
final class Likeliest {
  private static final int CHUNK = 2048;

  private float[] row = {};
  private MemorySegment bits = MemorySegment.ofArray(row);

  /**
   * The token of the largest logit, the first of equals.
   *
   * @param logits at least one, none of them NaN
   */
  int of(float[] logits) {
    if (logits != row) {
      row = logits;
      bits = MemorySegment.ofArray(logits);
    }
    int best = Integer.MIN_VALUE;
    int at = 0;
    for (int from = 0; from < logits.length; from += CHUNK) {
      int max = max(bits, from, Math.min(logits.length, from + CHUNK));
      if (max > best) {
        best = max;
        at = from;
      }
    }
    float largest = Float.intBitsToFloat(ordered(best));
    at = largest == 0 ? 0 : at; // 0 and -0 are equals, but not as integers
    while (at < logits.length - 1 && logits[at] != largest) {
      at++;
    }
    return at;
  }

  private static int max(MemorySegment bits, int from, int to) {
    int max = Integer.MIN_VALUE;
    for (int i = from; i < to; i++) {
      max = Math.max(max, ordered(bits.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i)));
    }
    return max;
  }

  /** Turns the bits of numbers around where they fall as the number grows; and back. */
  private static int ordered(int bits) {
    return bits ^ bits >> 31 & Integer.MAX_VALUE;
  }
}
