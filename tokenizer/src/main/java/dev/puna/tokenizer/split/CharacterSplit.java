package dev.puna.tokenizer.split;

import dev.puna.tokenizer.text.Categories;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Cuts at single characters of a kind.
 *
 * @param delimiter which characters
 */
public record CharacterSplit(IntPredicate delimiter, Behavior behavior) implements PreTokenizer {
  private static final CharacterSplit WHITE_SPACE =
      new CharacterSplit(CharacterSplit::isWhiteSpace, Behavior.REMOVED);

  private static final IntPredicate PUNCTUATION = CharacterSplit::isPunctuation;

  /** WhitespaceSplit: white space separates and is dropped. */
  public static CharacterSplit whiteSpace() {
    return WHITE_SPACE;
  }

  /** Punctuation: ASCII's and Unicode's. */
  public static CharacterSplit punctuation(Behavior behavior) {
    return new CharacterSplit(PUNCTUATION, behavior);
  }

  /** Digits, each by itself or in runs. */
  public static PreTokenizer digits(boolean individual) {
    CharacterSplit split =
        new CharacterSplit(
            point -> Categories.is(point, Categories.NUMBER),
            individual ? Behavior.ISOLATED : Behavior.CONTIGUOUS);
    return new Expressed(split, individual ? "\\p{N}" : "\\p{N}+");
  }

  /** BertPreTokenizer: white space separates, punctuation stands alone. */
  public static Sequence bert() {
    return new Sequence(List.of(whiteSpace(), punctuation(Behavior.ISOLATED)));
  }

  /** Whether a pre-tokenizer does what {@link #bert} does. */
  public static boolean isBert(@Nullable PreTokenizer preTokenizer) {
    return bert().equals(preTokenizer);
  }

  /** The property White_Space. */
  public static boolean isWhiteSpace(int point) {
    return Categories.is(point, Categories.WHITE_SPACE);
  }

  private static boolean isPunctuation(int point) {
    boolean ascii =
        point >= '!' && point <= '/'
            || point >= ':' && point <= '@'
            || point >= '[' && point <= '`'
            || point >= '{' && point <= '~';
    return ascii || Categories.is(point, Categories.PUNCTUATION);
  }

  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    Delimiters delimiters = new Delimiters(behavior, text, from, atStart, next);
    int done = from;
    for (int at = from; at < to; at++) {
      if (delimiter.test(text[at])) {
        if (done < at) {
          delimiters.add(done, at, false);
        }
        delimiters.add(at, at + 1, true);
        done = at + 1;
      }
    }
    if (done < to) {
      delimiters.add(done, to, false);
    }
    delimiters.finish();
  }

  /** One that a regular expression says as well. */
  private record Expressed(CharacterSplit split, String expression) implements PreTokenizer {
    @Override
    public void split(int[] text, int from, int to, boolean atStart, Sink next) {
      split.split(text, from, to, atStart, next);
    }

    @Override
    public Optional<List<String>> expressions() {
      return Optional.of(List.of(expression));
    }
  }
}
