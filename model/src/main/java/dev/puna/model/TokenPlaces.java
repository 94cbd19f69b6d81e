package dev.puna.model;

import dev.puna.program.Step;
import dev.puna.tensor.PunaException;

/**
 * How the tokens of one text are numbered and what of it is read at once, as its model's {@link
 * Reading} has it.
 */
public sealed interface TokenPlaces {
  /** What position embeddings see of the token at a position; see {@link Step#place}. */
  int place(int position);

  /** Its second place; see {@link Step#second}. */
  int second(int position);

  /** Length of the part that is read at once; 0 where every token follows the one before it. */
  int prefix();

  /**
   * @param prompt token ids
   * @throws PunaException if the prompt is not of the form that the model reads
   */
  static TokenPlaces of(Reading reading, int[] prompt) {
    return switch (reading) {
      case Reading.LeftToRight left -> new Plain(0);
      case Reading.AtOnce once -> new Plain(prompt.length);
      case Reading.BlankFilling filling -> Filling.of(filling, prompt);
    };
  }

  /** One after the other. */
  record Plain(int prefix) implements TokenPlaces {
    @Override
    public int place(int position) {
      return position;
    }

    @Override
    public int second(int position) {
      return 0;
    }
  }

  /**
   * A blank that is filled (Du et al. 2022): up to the token that begins the filling, tokens are
   * numbered on; from there on they stand at the blank, and their second place counts from 1.
   *
   * @param blank position of the blank
   * @param prefix position of the token that begins the filling
   * @param countsOn whether the first place counts on all the same
   */
  record Filling(int blank, int prefix, boolean countsOn) implements TokenPlaces {
    private static Filling of(Reading.BlankFilling filling, int[] prompt) {
      int start = find(prompt, filling.start());
      int atEnd = find(prompt, filling.endMask());
      int blank = atEnd >= 0 ? atEnd : find(prompt, filling.mask());
      if (start < 0 || blank < 0) {
        throw new PunaException(
            "the prompt has no %s, token %d"
                .formatted(
                    start < 0 ? "beginning of the answer" : "blank",
                    start < 0 ? filling.start() : filling.endMask()),
            "this model reads a text, a blank (%d or %d), and the token %d, then fills the blank"
                .formatted(filling.endMask(), filling.mask(), filling.start()));
      }
      return new Filling(blank, start, atEnd >= 0 && !filling.twoPlaces());
    }

    private static int find(int[] ids, int id) {
      for (int i = 0; i < ids.length; i++) {
        if (ids[i] == id) {
          return i;
        }
      }
      return -1;
    }

    @Override
    public int place(int position) {
      return position < prefix || countsOn ? position : blank;
    }

    @Override
    public int second(int position) {
      return position < prefix ? 0 : position - prefix + 1;
    }
  }
}
