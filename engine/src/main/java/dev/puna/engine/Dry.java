package dev.puna.engine;

import dev.puna.tokenizer.Detokenizer;
import dev.puna.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * "Don't repeat yourself": a penalty for going on with a passage that the text holds already, which
 * grows with the length of what has been repeated (p-e-w 2024: text-generation-webui's pull request
 * 5677). Where the last n tokens of the text stood before, and a token followed them there, its
 * logit x becomes
 *
 * <pre>x - multiplier · base^(n - allowedLength)    if n ≥ allowedLength</pre>
 *
 * with the longest such n of that token. A passage holds no breakers: n counts back to the last of
 * them at most, and breakers themselves get no penalty. The prompt is part of the text.
 *
 * @param multiplier 0 changes nothing; 0.8 is usual
 * @param base 1 or more; 1.75 is usual
 * @param allowedLength tokens that may be repeated for nothing, and one more; 2 is usual
 * @param range the last tokens of the text in which passages are looked for; 0: in all
 * @param breakers tokens that end a passage, such as line breaks and quotation marks
 */
public record Dry(
    double multiplier, double base, int allowedLength, int range, Set<Integer> breakers) {
  /** No penalty. */
  public static final Dry NONE = new Dry(0);

  /** Texts that end a passage, unless others are wanted. */
  public static final List<String> BREAKERS = List.of("\n", ":", "\"", "*");

  public Dry {
    Sampling.check(
        multiplier >= 0 && multiplier < 1e6, "DRY's multiplier", multiplier, "0 or more");
    Sampling.check(base >= 1 && base < 1e6, "DRY's base", base, "1 or more");
    Sampling.check(allowedLength >= 1, "DRY's allowed length", allowedLength, "1 token or more");
    Sampling.check(range >= 0, "DRY's range", range, "0 or more tokens");
    breakers = Set.copyOf(breakers);
  }

  /** With the usual base and length, in the whole text, without breakers. */
  public Dry(double multiplier) {
    this(multiplier, 1.75, 2, 0, Set.of());
  }

  public Dry base(double to) {
    return new Dry(multiplier, to, allowedLength, range, breakers);
  }

  public Dry allowedLength(int to) {
    return new Dry(multiplier, base, to, range, breakers);
  }

  public Dry range(int to) {
    return new Dry(multiplier, base, allowedLength, to, breakers);
  }

  public Dry breakers(Set<Integer> to) {
    return new Dry(multiplier, base, allowedLength, range, to);
  }

  /**
   * Breaks passages at every token whose text contains one of some texts, and at those that have no
   * text: control tokens, which stand between the messages of a chat. Reads the whole vocabulary.
   */
  public Dry breakers(Tokenizer tokenizer, List<String> texts) {
    Set<Integer> found = new HashSet<>();
    for (int id = 0; id < tokenizer.size(); id++) {
      Detokenizer detokenizer = tokenizer.detokenizer(false);
      String text = detokenizer.next(id) + detokenizer.finish();
      if (text.isEmpty() || texts.stream().anyMatch(text::contains)) {
        found.add(id);
      }
    }
    return breakers(found);
  }
}
