package dev.puna.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
  private static final String ALPHABET = "abcxyz019_-., \t\n\u00e4\u4e2d\uD83D\uDE00";

  private static String text(Random random) {
    int[] points = ALPHABET.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(9); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  /** Short texts and expressions of few letters, so that many match. */
  private static String expression(Random random, int depth) {
    String[] atoms = {
      "a", "b", "x", "\\d", "\\w", "\\s", ".", "[ab-]", "[^a\\d]", "\\W", "\\D", "\u4e2d"
    };
    return switch (depth <= 0 ? random.nextInt(2) : random.nextInt(7)) {
      case 0, 1 -> atoms[random.nextInt(atoms.length)];
      case 2 -> "(" + expression(random, depth - 1) + "|" + expression(random, depth - 1) + ")";
      case 3 -> "(?:" + expression(random, depth - 1) + ")" + quantifier(random);
      case 4 -> "(" + expression(random, depth - 1) + ")" + quantifier(random);
      default -> expression(random, depth - 1) + expression(random, depth - 1);
    };
  }

  private static String quantifier(Random random) {
    String[] all = {"*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "+?"};
    return all[random.nextInt(all.length)];
  }

  @Test
  void agreesWithJava() {
    Random random = new Random(5);
    int matched = 0;
    for (int round = 0; round < 400; round++) {
      String expression = expression(random, 4);
      CompiledConstraint compiled = Walk.regex(expression);
      Pattern pattern = Pattern.compile(expression);
      for (int i = 0; i < 60; i++) {
        String text = text(random);
        boolean matches = pattern.matcher(text).matches();
        matched += matches ? 1 : 0;
        assertThat(Walk.admits(compiled, text))
            .as("'%s' by %s", text, expression)
            .isEqualTo(matches);
      }
    }
    assertThat(matched).isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "^abc$; abc; ab",
        "a|^b$|c; b; ab",
        "(?<year>\\d{4})-\\d\\d; 2024-12; 24-12",
        "\\x41\\u00e4\\.\\[\\]; A\u00e4.[]; A",
        "\\uD83D\\uDE00+; \uD83D\uDE00\uD83D\uDE00; x",
        "[\\w.%+-]+@[a-z]+\\.[a-z]{2,4}; a.b@c.org; a@b",
        "[^\\s]{2}; ab; a b",
        "]}; ]}; ]",
      })
  void means(String pattern, String yes, String no) {
    CompiledConstraint compiled = Walk.regex(pattern);
    assertThat(Walk.admits(compiled, yes)).isTrue();
    assertThat(Walk.admits(compiled, no)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?=a)b",
        "(?!a)b",
        "(?<=a)b",
        "(?<!a)b",
        "(?i)a",
        "(a)\\1",
        "\\bword",
        "a++",
        "a**",
        "*a",
        "(a",
        "a)",
        "[a",
        "[]",
        "[a&&b]",
        "[[a]]",
        "\\p{L}",
        "\\k<x>",
        "a{2,1}",
        "{",
        "x^y",
        "(^a)",
        "\\z",
        "\\uD83D",
        "a{1000000}"
      })
  void refuses(String pattern) {
    assertThatThrownBy(() -> Walk.regex(pattern))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("the regular expression, line 1");
  }

  @Test
  void choices() {
    CompiledConstraint compiled =
        Walk.compile(new dev.puna.engine.Constraint.Choice(java.util.List.of("red", "redder", "")));
    assertThat(Walk.admits(compiled, "")).isTrue();
    assertThat(Walk.admits(compiled, "red")).isTrue();
    assertThat(Walk.admits(compiled, "redder")).isTrue();
    assertThat(Walk.admits(compiled, "redd")).isFalse();
    assertThatThrownBy(
            () -> Walk.compile(new dev.puna.engine.Constraint.Choice(java.util.List.of())))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("no text");
  }
}
