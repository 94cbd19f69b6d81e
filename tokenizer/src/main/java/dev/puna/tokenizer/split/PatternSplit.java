package dev.puna.tokenizer.split;

import dev.puna.tokenizer.pattern.TextPattern;
import java.util.List;
import java.util.Optional;

/**
 * Split: cuts where a pattern matches.
 *
 * @param expression the pattern as it is written
 * @param regex whether that is a regular expression, not a text to be found as it is
 * @param inverted whether the delimiters are what lies between the matches
 */
public record PatternSplit(
    TextPattern pattern, String expression, boolean regex, Behavior behavior, boolean inverted)
    implements PreTokenizer {
  /** GPT-2's expression, which ByteLevel uses too. */
  public static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /** Isolates what a regular expression matches. */
  public static PatternSplit isolating(String where, String expression) {
    return new PatternSplit(
        TextPattern.regex(where, expression), expression, true, Behavior.ISOLATED, false);
  }

  /** Whether it cuts at a text as it is. */
  public boolean isLiteral(String literal) {
    return !regex && expression.equals(literal);
  }

  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    if (behavior == Behavior.ISOLATED) {
      isolate(text, from, to, atStart, next);
      return;
    }
    Delimiters delimiters = new Delimiters(behavior, text, from, atStart, next);
    int[] done = {from};
    pattern.find(
        text,
        from,
        to,
        (start, end) -> {
          if (done[0] < start) {
            delimiters.add(done[0], start, inverted);
          }
          delimiters.add(start, end, !inverted);
          done[0] = end;
        });
    if (done[0] < to) {
      delimiters.add(done[0], to, inverted);
    }
    delimiters.finish();
  }

  private void isolate(int[] text, int from, int to, boolean atStart, Sink next) {
    int[] done = {from};
    pattern.find(
        text,
        from,
        to,
        (start, end) -> {
          if (done[0] < start) {
            next.accept(text, done[0], start, atStart && done[0] == from);
          }
          if (start < end) {
            next.accept(text, start, end, atStart && start == from);
          }
          done[0] = end;
        });
    if (done[0] < to) {
      next.accept(text, done[0], to, atStart && done[0] == from);
    }
  }

  @Override
  public Optional<List<String>> expressions() {
    // Expressions that match any text leave nothing between the matches to be removed.
    boolean isolates = behavior == Behavior.ISOLATED || behavior == Behavior.REMOVED && inverted;
    return !regex || !isolates ? Optional.empty() : Optional.of(List.of(expression));
  }
}
