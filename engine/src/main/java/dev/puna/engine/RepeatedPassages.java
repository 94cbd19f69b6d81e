package dev.puna.engine;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Finds which tokens would go on repeating a passage, and penalizes them ({@link Dry}). How far the
 * end of a text agrees with each earlier place of it, going back, is what the Z function of the
 * reversed text says (Gusfield 1997: Algorithms on strings, trees and sequences), in time linear in
 * its length whatever it repeats.
 */
final class RepeatedPassages {
  /** More than any logit; less, so that what is penalized is not banned. */
  private static final double MOST = 1e30;

  private final Dry dry;
  private final BitSet breakers = new BitSet();
  private int[] agreement = new int[0];

  RepeatedPassages(Dry dry) {
    this.dry = dry;
    dry.breakers().forEach(breakers::set);
  }

  /**
   * Penalizes, in place.
   *
   * @param longest a buffer, [V]: all 0, and again so after
   */
  void penalize(float[] row, int[] text, int length, int[] longest) {
    int count = dry.range() == 0 ? length : Math.min(length, dry.range());
    int most = unbroken(text, length, count);
    if (most < dry.allowedLength()) {
      return;
    }
    agree(text, length, count);
    for (int back = 1; back < count; back++) {
      int next = text[length - back];
      int repeated = Math.min(agreement[back], most);
      if (repeated >= dry.allowedLength() && repeated > longest[next] && !breakers.get(next)) {
        longest[next] = repeated;
      }
    }
    for (int back = 1; back < count; back++) {
      int next = text[length - back];
      if (longest[next] > 0) {
        double penalty =
            dry.multiplier() * Math.pow(dry.base(), longest[next] - dry.allowedLength());
        row[next] -= (float) Math.min(penalty, MOST);
        longest[next] = 0;
      }
    }
  }

  /** Tokens at the text's end without a breaker. */
  private int unbroken(int[] text, int length, int count) {
    int n = 0;
    while (n < count && !breakers.get(text[length - 1 - n])) {
      n++;
    }
    return n;
  }

  /**
   * Fills in for each {@code back} how many tokens agree before the text's end and before the place
   * {@code back} tokens ahead of it. The stretch known to agree that reaches furthest is from
   * {@code left} to {@code right}, counted from the end: inside of it the answers repeat those at
   * its beginning.
   */
  private void agree(int[] text, int length, int count) {
    if (agreement.length < count) {
      agreement = new int[Math.max(count, 2 * agreement.length)];
    }
    Arrays.fill(agreement, 0, count, 0);
    int last = length - 1;
    int left = 0;
    int right = 0;
    for (int back = 1; back < count; back++) {
      int n = back < right ? Math.min(right - back, agreement[back - left]) : 0;
      while (back + n < count && text[last - n] == text[last - back - n]) {
        n++;
      }
      agreement[back] = n;
      if (back + n > right) {
        left = back;
        right = back + n;
      }
    }
  }
}
