package dev.puna.engine;

import java.util.Map;

/**
 * Changes logits by the bias and the penalties of a {@link Sampling}, in place and in their order.
 * Looks at the whole text each time, so that it does not matter whose text it is; that takes time
 * by the text's length, and not by the vocabulary's. Keeps its buffers: a token costs no
 * allocation.
 */
final class LogitPenalties {
  private static final float BANNED = Float.NEGATIVE_INFINITY;

  private final Penalties penalties;
  private final RepeatedPassages passages;
  private final int[] biased;
  private final float[] bias;

  /** How often a token is in the text, [V]; all 0 between uses. */
  private int[] counts = new int[0];

  LogitPenalties(Sampling sampling) {
    penalties = sampling.penalties();
    passages = new RepeatedPassages(penalties.dry());
    biased = new int[sampling.bias().size()];
    bias = new float[biased.length];
    int i = 0;
    for (Map.Entry<Integer, Float> entry : sampling.bias().entrySet()) {
      biased[i] = entry.getKey();
      bias[i++] = entry.getValue();
    }
  }

  /** Whether no text's logits change. */
  boolean none() {
    return biased.length == 0 && penalties.none();
  }

  /**
   * Applies all.
   *
   * @param row logits, [V]
   * @param text tokens so far; the first {@code length} count
   * @param begun tokens of the prompt, which the text begins with
   */
  void apply(float[] row, int[] text, int length, int begun) {
    if (counts.length != row.length) {
      counts = new int[row.length];
    }
    bias(row);
    int window = penalties.lastN() == 0 ? 0 : Math.max(0, length - penalties.lastN());
    if (penalties.repetition() != 1) {
      penalizeRepetition(row, text, window, length);
    }
    if (penalties.frequency() != 0 || penalties.presence() != 0) {
      penalizeCount(row, text, Math.max(window, begun), length);
    }
    if (penalties.dry().multiplier() > 0) {
      passages.penalize(row, text, length, counts);
    }
    if (penalties.noRepeatNgram() > 0) {
      banNgrams(row, text, length, penalties.noRepeatNgram());
    }
  }

  /** Applies the bias alone. */
  void bias(float[] row) {
    for (int i = 0; i < biased.length; i++) {
      row[biased[i]] += bias[i];
    }
  }

  private void penalizeRepetition(float[] row, int[] text, int from, int to) {
    double r = penalties.repetition();
    for (int i = from; i < to; i++) {
      int token = text[i];
      if (counts[token] == 0) {
        counts[token] = 1;
        row[token] = (float) (row[token] < 0 ? row[token] * r : row[token] / r);
      }
    }
    for (int i = from; i < to; i++) {
      counts[text[i]] = 0;
    }
  }

  private void penalizeCount(float[] row, int[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      counts[text[i]]++;
    }
    for (int i = from; i < to; i++) {
      int token = text[i];
      int count = counts[token];
      if (count > 0) {
        row[token] -= (float) (count * penalties.frequency() + penalties.presence());
        counts[token] = 0;
      }
    }
  }

  /** A place where the last n - 1 tokens stood before bans the token that followed them there. */
  private static void banNgrams(float[] row, int[] text, int length, int n) {
    int end = length - (n - 1);
    for (int at = 0; at < end; at++) {
      int same = 0;
      while (same < n - 1 && text[at + same] == text[end + same]) {
        same++;
      }
      if (same == n - 1) {
        row[text[at + n - 1]] = BANNED;
      }
    }
  }
}
