package dev.puna.tokenizer.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.gguf.PreTokenizerNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunPatternTest {
  /** Characters of all the classes that expressions tell apart. */
  private static final int[] ALPHABET =
      ("aAzZsSſtTeEvVlL'’ßéǅʰªλΣжЖ中国かカ한กिा\u0301\u200d\ufe0f019²½٣Ⅷ .,!?…。/_-+<$^|~`"
              + "\n\n\r\t   \u000b\u0085\u00a0\u2028\u3000\u200b\u0000👍😁")
          .codePoints()
          .toArray();

  static Stream<String> expressions() {
    TreeSet<String> all = new TreeSet<>();
    PreTokenizerNames.all().forEach(named -> all.addAll(named.expressions()));
    return all.stream();
  }

  /** Java's engine is the other implementation. */
  @ParameterizedTest
  @MethodSource("expressions")
  void matchesWhatJavaMatches(String expression) {
    TextPattern ours = TextPattern.regex("", expression);
    TextPattern java = new JavaPattern("", expression);
    Random random = new Random(expression.hashCode());
    for (int round = 0; round < 3000; round++) {
      int[] text = text(random);
      assertThat(matches(ours, text))
          .as(new String(text, 0, text.length))
          .isEqualTo(matches(java, text));
    }
  }

  /** Of all expressions that have a name only those with repeated groups need Java's engine. */
  @Test
  void nearlyAllExpressionsAreRuns() {
    assertThat(expressions().filter(e -> RunPattern.compile(e) == null))
        .allMatch(e -> e.contains(")+") || e.contains(")*"))
        .hasSizeLessThan(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "\n", "1", "中", "\u0301", "'", " x", "A", "😁", "\t\n", "ǅ"})
  void longRunsTakeLittleTime(String unit) {
    int[] text = (unit.repeat(1 << 20) + "x").codePoints().limit(1 << 20).toArray();
    List<TextPattern> patterns =
        expressions()
            .map(RunPattern::compile)
            .filter(p -> p != null)
            .map(p -> (TextPattern) p)
            .toList();
    Assertions.assertTimeout(
        Duration.ofSeconds(10),
        () -> patterns.forEach(p -> p.find(text, 0, text.length, (s, e) -> {})));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a*a*a*a*a*a*a*b", "(a|a)?(a|a)?(a*|a*)a*a*a*a*b", "(?:(?:a|b)+)+c"})
  void hostileExpressionsAreGivenUp(String expression) {
    TextPattern pattern = TextPattern.regex("t.json", expression);
    int[] text = "a".repeat(3000).codePoints().toArray();
    Assertions.assertTimeout(
        Duration.ofSeconds(5),
        () ->
            assertThatThrownBy(() -> pattern.find(text, 0, text.length, (s, e) -> {}))
                .isInstanceOf(PunaException.class)
                .hasMessageContaining("takes too long"));
  }

  @Test
  void leavesOtherExpressionsToJava() {
    for (String expression :
        List.of("(a|b)+", "a*?", "(?<=a)b", "\\bx", "^a", "a\\1", "[[a]b]", "(a", "a{2,1}")) {
      assertThat(RunPattern.compile(expression)).as(expression).isNull();
    }
  }

  private static int[] text(Random random) {
    int[] text = new int[random.nextInt(12)];
    for (int i = 0; i < text.length; i++) {
      // Runs of one character as well as changes.
      boolean repeats = i > 0 && random.nextInt(3) == 0;
      text[i] = repeats ? text[i - 1] : ALPHABET[random.nextInt(ALPHABET.length)];
    }
    return text;
  }

  private static List<String> matches(TextPattern pattern, int[] text) {
    List<String> matches = new ArrayList<>();
    pattern.find(text, 0, text.length, (start, end) -> matches.add(start + "-" + end));
    return matches;
  }
}
