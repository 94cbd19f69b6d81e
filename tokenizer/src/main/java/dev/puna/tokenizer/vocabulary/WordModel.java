package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.IntArray;

/** Turns words into ids. Immutable: any number of threads may share one. */
public interface WordModel {
  /** Turns the words of one text into ids; for one thread. */
  interface Encoder {
    /** Appends the ids of {@code text[from .. to)}, which is not empty. */
    void encode(int[] text, int from, int to);
  }

  /** An encoder that appends to {@code ids}. */
  Encoder encoder(IntArray ids);
}
