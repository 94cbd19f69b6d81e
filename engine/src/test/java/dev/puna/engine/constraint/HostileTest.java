package dev.puna.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.engine.Constraint;
import dev.puna.tensor.PunaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Constraints made to take time or memory: a line of refusal, or a mask, but soon. */
class HostileTest {
  /** Generous: the point is that none takes minutes. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static String chain(int rules, String each, String last) {
    StringBuilder text = new StringBuilder("root ::= r0\n");
    for (int i = 0; i < rules; i++) {
      text.append("r%d ::= %s\n".formatted(i, each.replace("NEXT", "r" + (i + 1))));
    }
    return text.append("r%d ::= %s\n".formatted(rules, last)).toString();
  }

  static List<Constraint> refused() {
    String deep = "[".repeat(100_000);
    StringBuilder many = new StringBuilder("{\"enum\":[");
    for (int i = 0; i < 60_000; i++) {
      many.append("\"").append(new Random(i).nextLong()).append("\",");
    }
    many.append("1]}");
    return List.of(
        new Constraint.Regex("a{1000000}"),
        new Constraint.Regex(
            "(((((a{1000}b){1000}){1000}){1000}c){1000}d){1000}".replace("{1000}", "{64}")),
        new Constraint.Regex("(".repeat(50_000)),
        new Constraint.Regex("((a{0,99}){0,99})b"),
        new Constraint.Grammar("root ::= " + "(".repeat(50_000)),
        new Constraint.Grammar("root ::= \"a\"" + "*".repeat(1_000_000)),
        new Constraint.Grammar("root ::= \"a\"{1000000}"),
        new Constraint.Grammar(chain(30_000, "NEXT", "\"x\"")),
        new Constraint.Grammar("root ::= [" + "a".repeat(5_000_000) + "]"),
        new Constraint.JsonSchema(deep),
        new Constraint.JsonSchema("{\"items\":".repeat(50_000)),
        new Constraint.JsonSchema("{\"items\":".repeat(150) + "{}" + "}".repeat(150) + "x"),
        new Constraint.JsonSchema("{\"$ref\":\"#\"}"),
        new Constraint.JsonSchema("{\"allOf\":[{\"$ref\":\"#\"}]}"),
        new Constraint.JsonSchema(
            "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}],\"type\":\"object\"}"),
        new Constraint.JsonSchema(many.toString()),
        new Constraint.JsonSchema("{\"type\":\"integer\",\"minimum\":1e100000000}"),
        new Constraint.JsonSchema("{\"type\":\"integer\",\"minimum\":" + "9".repeat(900) + "}"),
        new Constraint.JsonSchema("{\"type\":\"string\",\"maxLength\":1e9}"),
        new Constraint.JsonSchema(
            "{\"allOf\":["
                + "{\"anyOf\":[{\"minLength\":1},{\"minLength\":2}]},".repeat(30)
                + "{}]}"),
        new Constraint.JsonSchema(
            "{\"properties\":{\"" + "k".repeat(100_000) + "\":{}},\"additionalProperties\":true}"),
        new Constraint.Choice(List.of("x".repeat(2_000_000))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesInALine(Constraint constraint) {
    Assertions.assertTimeout(
        SOON,
        () ->
            assertThatThrownBy(() -> Walk.compile(constraint))
                .isInstanceOf(PunaException.class)
                .hasMessageNotContaining("\n"));
  }

  /** What looks hostile and can be done. */
  @Test
  void masters() {
    Assertions.assertTimeout(
        SOON,
        () -> {
          CompiledConstraint exponential = Walk.regex("(a|b)*a(a|b){20}c");
          assertThat(Walk.admits(exponential, "ab".repeat(30) + "a".repeat(21) + "c")).isTrue();
          assertThat(Walk.admits(exponential, "ab".repeat(30) + "b".repeat(21) + "c")).isFalse();
          assertThat(Walk.admits(Walk.regex("(a*)*b"), "a".repeat(1000) + "b")).isTrue();
          assertThat(Walk.admits(Walk.regex("(a|a|aa)*b"), "a".repeat(1000) + "b")).isTrue();
          assertThat(Walk.admits(Walk.regex("((a{0,9}){0,9})b"), "a".repeat(81) + "b")).isTrue();
          CompiledConstraint deep = Walk.grammar("root ::= \"(\" root \")\" | \"\"");
          String nested = "(".repeat(20_000);
          assertThat(Walk.admits(deep, nested + ")".repeat(20_000))).isTrue();
          assertThat(Walk.admits(deep, nested + ")".repeat(19_999))).isFalse();
          CompiledConstraint chain = Walk.grammar(chain(300, "NEXT | \"a\" NEXT", "\"x\""));
          assertThat(Walk.admits(chain, "aaaax")).isTrue();
          CompiledConstraint doubling = Walk.grammar(chain(40, "NEXT NEXT", "\"x\"?"));
          assertThat(Walk.admits(doubling, "x".repeat(60))).isTrue();
        });
  }

  /** Ambiguous at each byte, with stacks that could double each time. */
  @Test
  void ambiguousStacksAreShared() {
    CompiledConstraint c =
        Walk.grammar(
            "root ::= s \"!\"\n"
                + "s ::= \"a\" s | \"a\" s b | \"a\" t b b | \"a\"\n"
                + "t ::= \"a\" s b | \"a\" t | \"a\"\n"
                + "b ::= \"b\"?");
    Assertions.assertTimeout(
        SOON,
        () -> {
          Matcher matcher = new Matcher(c);
          for (int i = 0; i < 300; i++) {
            assertThat(Walk.allowed(matcher, 257, 1000)).contains((int) 'a');
            matcher.accept('a');
          }
          for (int i = 0; i < 100; i++) {
            assertThat(Walk.allowed(matcher, 257, 1000)).contains((int) 'b', (int) '!');
            matcher.accept('b');
          }
        });
  }

  private static String properties(int count, String required) {
    List<String> properties = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      properties.add(
          "\"property%d\":{\"type\":\"integer\",\"description\":\"%s\"}"
              .formatted(i, "d".repeat(900)));
    }
    return "{\"properties\":{" + String.join(",", properties) + "},\"required\":" + required + "}";
  }

  /**
   * A schema of a megabyte that is no trick, and one whose thousands of properties are optional.
   */
  @Test
  void largeSchemas() {
    List<String> names = new ArrayList<>();
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < 1100; i++) {
      names.add("\"property" + i + "\"");
      text.append(i == 0 ? "" : ", ").append(names.get(i)).append(": ").append(i);
    }
    String schema = properties(1100, names.toString());
    assertThat(schema.length()).isGreaterThan(1_000_000);
    Assertions.assertTimeout(
        SOON,
        () -> {
          CompiledConstraint compiled = Walk.schema(schema);
          assertThat(Walk.admits(compiled, text + "}")).isTrue();
          assertThat(Walk.admits(compiled, text + ",\"property1100\":1}")).isFalse();
          assertThatThrownBy(() -> Walk.schema(properties(3000, "[]")))
              .isInstanceOf(PunaException.class)
              .hasMessageContaining("too large");
        });
  }
}
