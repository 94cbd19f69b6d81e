package dev.puna.engine.constraint;

import static dev.puna.engine.constraint.Walk.admits;
import static dev.puna.engine.constraint.Walk.grammar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GbnfTest {
  private static void check(String gbnf, List<String> yes, List<String> no) {
    CompiledConstraint compiled = grammar(gbnf);
    for (String text : yes) {
      assertThat(admits(compiled, text)).as("'%s' in %s", text, gbnf).isTrue();
    }
    for (String text : no) {
      assertThat(admits(compiled, text)).as("'%s' in %s", text, gbnf).isFalse();
    }
  }

  @Test
  void literalsAndEscapes() {
    check("root ::= \"yes\" | \"no\"", List.of("yes", "no"), List.of("", "y", "yesno", "ye"));
    check(
        "root ::= \"a\\n\\t\\\"\\\\\\x41\\u00e4\\U0001F600\"",
        List.of("a\n\t\"\\A\u00e4\uD83D\uDE00"),
        List.of("a"));
    check("root ::= \"\"", List.of(""), List.of("a"));
  }

  @Test
  void classes() {
    check("root ::= [a-c_]+", List.of("a", "abc_"), List.of("", "d", "a-"));
    check(
        "root ::= [^a-c\\n]",
        List.of("d", "\u00e4", "\uD83D\uDE00", "\r"),
        List.of("a", "\n", "dd"));
    check("root ::= [a-]", List.of("a", "-"), List.of("b"));
    check("root ::= [\\x30-\\x32\\]]", List.of("0", "2", "]"), List.of("3", "x"));
    check(
        "root ::= [\u00e4-\u4e2d]", List.of("\u00e4", "\u4e00", "\u0800"), List.of("\u4e2e", "a"));
    check("root ::= .", List.of("\n", "x", "\u4e2d", "\uD83D\uDE00"), List.of("", "xx"));
  }

  @Test
  void repetitions() {
    check("root ::= \"a\"* \"b\"? \"c\"+", List.of("c", "aabc", "acc"), List.of("a", "bbc"));
    check("root ::= \"ab\"{2}", List.of("abab"), List.of("ab", "ababab"));
    check("root ::= \"a\"{2,}", List.of("aa", "aaaa"), List.of("a", ""));
    check("root ::= \"a\"{1,3}", List.of("a", "aaa"), List.of("", "aaaa"));
    check("root ::= (\"a\"*)*", List.of("", "aaa"), List.of("b"));
    check("root ::= ((\"a\"?)* | \"b\")+", List.of("", "aba", "b"), List.of("c"));
  }

  /** Longer than the blocks that repetitions are cut into. */
  @Test
  void longRepetitions() {
    for (int[] bounds : new int[][] {{0, 300}, {7, 1000}, {200, 200}, {129, 8500}, {500, -1}}) {
      String most = bounds[1] < 0 ? "" : "" + bounds[1];
      CompiledConstraint compiled = grammar("root ::= [ab]{" + bounds[0] + "," + most + "} \"!\"");
      for (int count : new int[] {0, 1, 6, 7, 63, 64, 65, 127, 128, 129, 191, 192, 199, 200, 201}) {
        check(compiled, bounds, count);
      }
      for (int count : new int[] {299, 300, 301, 499, 500, 999, 1000, 1001, 4096, 8500, 8501}) {
        check(compiled, bounds, count);
      }
    }
  }

  private static void check(CompiledConstraint compiled, int[] bounds, int count) {
    boolean inside = count >= bounds[0] && (bounds[1] < 0 || count <= bounds[1]);
    assertThat(admits(compiled, "a".repeat(count) + "!"))
        .as("%d of %d to %d", count, bounds[0], bounds[1])
        .isEqualTo(inside);
  }

  @Test
  void rulesAndComments() {
    check(
        """
        # a list
        root ::= item ("," " "? item)* # items

        item ::=
          "x" |
          "y" [0-9] |
          ( "(" root
            ")" )
        """,
        List.of("x", "x,y1", "(x, y2),x", "((x))"),
        List.of("", "x,", "(x", "y"));
  }

  /** The shape of grammars in use: white space that may be nothing, escapes within classes. */
  @Test
  void json() {
    check(
        """
        root   ::= object
        value  ::= object | array | string | number | ("true" | "false" | "null") ws

        object ::=
          "{" ws (
                    string ":" ws value
            ("," ws string ":" ws value)*
          )? "}" ws
        array  ::= "[" ws ( value ("," ws value)* )? "]" ws
        string ::=
          "\\"" (
            [^"\\\\\\x7F\\x00-\\x1F] |
            "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
          )* "\\"" ws
        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9]+)? ws
        # nothing, a space, or a line and its indentation
        ws ::= | " " | "\\n" [ \\t]{0,20}
        """,
        List.of("{}", "{ \"a\": [1, -2.5e7,\n  {\"b\\\\\\u00e4\": null}], \"c\":\"\u4e2d\"}\n"),
        List.of("{a:1}", "[]", "{\"a\":1,}", "{\"a\": \"\\x\"}", "{\"a\"  :1}"));
  }

  @Test
  void recursion() {
    check(
        "root ::= \"(\" root \")\" root | \"\"",
        List.of("", "()", "(()())()", "((((()))))"),
        List.of("(", ")", "())", "(()"));
    check(
        "root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"c\"",
        List.of("c", "abcba", "aacaa"),
        List.of("abcab", "ab"));
    check("root ::= a root | \"\"\na ::= \"x\" a | \"y\"", List.of("", "xxyy", "y"), List.of("x"));
  }

  /** Several readings of the same text at once. */
  @Test
  void ambiguity() {
    check("root ::= (\"a\" | \"aa\")*", List.of("", "aaaaaaa"), List.of("ab"));
    check(
        "root ::= \"a\" root t | \"a\" root u | \"\"\nt ::= \"x\" | \"xy\"\nu ::= \"x\" | \"xx\"",
        List.of("", "ax", "axy", "aaxxy", "aaxxx"),
        List.of("ay", "aaxyyy"));
    String twice =
        "root ::= e\ne ::= t (\"+\" e)? | \"(\" e \")\" (\"+\" e)?\nt ::= \"1\" | \"(\" e \")\"";
    check(twice, List.of("1+1", "(1)+(1+1)", "((((((1))))))"), List.of("1+", "(1", "()"));
    CompiledConstraint deep =
        grammar("root ::= \"a\" root | \"a\" b\nb ::= \"a\" root \"c\" | \"a\" b \"d\" | \"e\"");
    assertThat(admits(deep, "a".repeat(300) + "e")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'root ::= root \"a\" | \"b\"'; 'root' begins with itself",
        "'root ::= a\na ::= b? c\nb ::= \"x\"\nc ::= a \"y\" | \"z\"'; begins with itself",
        "'root ::= \"a\" (\"b\"'; lacks a )",
        "'root ::= \"a'; closing quote",
        "'root ::= [a'; closing ]",
        "'root ::= b'; line 1 refers to a rule 'b'",
        "'a ::= \"b\"'; no rule 'root'",
        "'root = \"b\"'; no ::=",
        "'root ::= \"b\"\nroot ::= \"c\"'; again",
        "'root ::= \"b\" )'; unexpected",
        "'root ::= \"\\q\"'; unknown escape",
        "'root ::= [b-a]'; backwards",
        "'root ::= \"a\"{3,2}'; 3 to 2",
        "'root ::= \"a\"{x}'; braces",
        "'root ::= \"\\ud800\"'; no character",
        "'root ::= <think>'; names tokens",
        "'root ::= \"a\" root'; no text meets",
      })
  void refusals(String gbnf, String says) {
    assertThatThrownBy(() -> grammar(gbnf))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining(says)
        .hasMessageNotContaining("\n");
  }
}
