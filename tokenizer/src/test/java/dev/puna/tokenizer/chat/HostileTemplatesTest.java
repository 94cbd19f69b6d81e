package dev.puna.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates are programs out of strangers' files: they end soon, with a text or with one line. */
class HostileTemplatesTest {
  private static final Duration SOON = Duration.ofSeconds(2);

  static Stream<String> bombs() {
    String open = "(".repeat(50_000);
    return Stream.of(
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(1000000000) %}x{% endfor %}",
        "{{ 'x' * 1000000000000 }}",
        "{{ [1] * 9223372036854775807 }}",
        "{{ ([1] * 1000) * 1000000 }}",
        "{% set s = namespace(v='x') %}{% for i in range(64) %}{% set s.v = s.v ~ s.v %}{% endfor"
            + " %}",
        "{% set s = namespace(v='x') %}{% for i in range(64) %}{% set s.v = s.v + s.v %}{% endfor"
            + " %}",
        "{% set s = namespace(v=[1]) %}{% for i in range(64) %}{% set s.v = s.v + s.v %}{% endfor"
            + " %}",
        "{% set s = namespace(v='x') %}{% for i in range(64) %}{% set s.v = s.v|replace('x',"
            + " 'xxxxxxxx') %}{% endfor %}",
        "{% set s = namespace(v='x') %}{% for i in range(99) %}{% set s.v ="
            + " s.v|tojson|tojson|tojson %}{% endfor %}",
        "{% set l = [] %}{% for i in range(30) %}{% set _ = l.append(l) %}{% endfor %}{{ l }}",
        "{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}",
        "{% set l = [] %}{% set _ = l.append(l) %}{{ l == [l] }}",
        "{% set l = [] %}{% for i in range(999999) %}{% set _ = l.append(l|length) %}{% if i in l"
            + " %}{% endif %}{% endfor %}",
        "{% set l = [1] %}{% for i in range(99) %}{% set _ = l.extend(l) %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
        "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{"
            + " m(60) }}",
        "{% for i in [[[1]]] recursive %}{{ loop([i]) }}{% endfor %}",
        "{{ 'x'|center(1000000000) }}",
        "{{ 'x'.ljust(1000000000) }}",
        "{{ '%999999d' % 1 }}{{ '%9999999999d' % 1 }}",
        "{{ '{0}' .format('x' * 10000000) * 10000 }}",
        "{{ ('a\\n' * 1000000)|indent(1000) }}",
        "{{ range(1000000)|map('string')|join('y' * 1000) }}",
        "{{ ('a' * 1000000).replace('', 'x' * 1000) }}",
        "{{ ('a ' * 1000000).split()|unique|list }}{{ range(100000)|unique|list }}",
        "{{ ('a' * 10000000)|list|sort }}",
        "{{ 2 ** 9223372036854775807 }}",
        "{{ " + open + "1" + ")".repeat(50_000) + " }}",
        "{{ " + "[".repeat(50_000),
        "{{ " + "not ".repeat(50_000) + "1 }}",
        "{{ " + "-".repeat(50_000) + "1 }}",
        "{{ 1" + " + 1".repeat(50_000) + " }}",
        "{{ 1" + "|abs".repeat(50_000) + " }}",
        "{{ x" + ".y".repeat(50_000) + " }}",
        "{{ 1" + " if 1 else 2".repeat(50_000) + " }}",
        "{% if 1 %}".repeat(50_000),
        "{% for a in [1] %}".repeat(5_000) + "{% endfor %}".repeat(5_000),
        "{# " + "x".repeat(900_000),
        "{% raw %}" + "{% ".repeat(300_000),
        "{{ '" + "\\u0041".repeat(100_000) + "' }}" + "{%-".repeat(9));
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void bombsAreStoppedWithOneLine(String source) {
    Assertions.assertTimeout(
        SOON,
        () ->
            assertThatThrownBy(() -> render(source))
                .isInstanceOf(PunaException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(1300)));
  }

  private static String render(String source) {
    return ChatTemplate.compile("bad.jinja", source).render(new Conversation(List.of(), false));
  }

  /** Pieces of real templates, cut and put together at random. */
  @Test
  void nonsenseEndsInATextOrInOneLine() {
    Random random = new Random(3);
    List<String> pieces = new ArrayList<>();
    for (Object c :
        Config.read(Path.of("src/test/resources/chat/expressions.json")).list("cases")) {
      String source = String.valueOf(((List<?>) c).getFirst());
      for (int i = 0; i < source.length(); ) {
        int length = Math.min(source.length() - i, 1 + random.nextInt(12));
        pieces.add(source.substring(i, i + length));
        i += length;
      }
    }
    int rendered = 0;
    for (int round = 0; round < 2000; round++) {
      StringBuilder source = new StringBuilder();
      for (int i = random.nextInt(20); i >= 0; i--) {
        source.append(pieces.get(random.nextInt(pieces.size())));
      }
      rendered += Assertions.assertTimeout(SOON, () -> endsWell(source.toString())) ? 1 : 0;
    }
    assertThat(rendered).isBetween(10, 1990);
  }

  private static boolean endsWell(String source) {
    try {
      render(source);
      return true;
    } catch (PunaException e) {
      assertThat(e.getMessage()).hasLineCount(1);
      return false;
    }
  }

  /** Deep input is bounded as deep templates are. */
  @Test
  void deepValuesAreRefused() {
    Object deep = "x";
    for (int i = 0; i < 100_000; i++) {
      deep = List.of(deep);
    }
    Map<String, ?> variables = Map.of("deep", deep);
    assertThatThrownBy(
            () ->
                ChatTemplate.compile("t", "{{ deep }}")
                    .render(new Conversation(List.of(), null, false, variables)))
        .isInstanceOf(PunaException.class);
  }
}
