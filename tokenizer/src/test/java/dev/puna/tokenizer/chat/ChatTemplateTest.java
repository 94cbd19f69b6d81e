package dev.puna.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Shared;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Python's jinja2 prints, with the options of transformers, over published templates and over
 * small ones: see src/test/golden/chat.
 */
class ChatTemplateTest {
  private static final Path GOLDEN = Path.of("src/test/resources/chat");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-25T13:05:09Z"), ZoneOffset.UTC);

  /**
   * jinja2 fails there, because its filters are lazy and a generator has no JSON; ours are lists.
   */
  private static final List<String> PRINTED_ONLY_HERE = List.of("llama-cpp-deepseek-r1.jinja");

  static Stream<String> templates() {
    return Config.read(GOLDEN.resolve("templates.json")).keys().stream();
  }

  @ParameterizedTest
  @MethodSource("templates")
  void publishedTemplatesPrintWhatJinjaPrints(String name) throws IOException {
    String source = Files.readString(Shared.file("templates/" + name));
    ChatTemplate template = ChatTemplate.compile(name, source);
    Config scenarios = Config.read(GOLDEN.resolve("scenarios.json"));
    Config golden = Config.read(GOLDEN.resolve("templates.json")).object(name);
    for (String scenario : scenarios.keys()) {
      Conversation conversation = conversation((Map<?, ?>) scenarios.get(scenario));
      Object expected = golden.get(scenario);
      if (expected != null) {
        String text = template.render(conversation, CLOCK);
        assertThat(digest(text)).as("%s:%n%s", scenario, text).isEqualTo(expected);
      } else if (!PRINTED_ONLY_HERE.contains(name)) {
        assertThatThrownBy(() -> template.render(conversation, CLOCK))
            .as(scenario)
            .isInstanceOf(PunaException.class)
            .hasMessageStartingWith(name);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Conversation conversation(Map<?, ?> scenario) {
    Map<String, Object> variables = new LinkedHashMap<>((Map<String, Object>) scenario);
    List<Map<String, ?>> messages = (List<Map<String, ?>>) variables.remove("messages");
    List<?> tools = (List<?>) variables.remove("tools");
    boolean prompt = (boolean) variables.remove("add_generation_prompt");
    return new Conversation(messages, tools, prompt, variables);
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static Stream<List<?>> expressions() {
    List<Object> cases = Config.read(GOLDEN.resolve("expressions.json")).list("cases");
    return cases.stream().map(c -> (List<?>) c);
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void expressionsPrintWhatJinjaPrints(List<?> expression) {
    String source = String.valueOf(expression.get(0));
    if (expression.get(1) == null) {
      assertThatThrownBy(() -> render(source)).isInstanceOf(PunaException.class);
    } else {
      assertThat(render(source)).isEqualTo(expression.get(1));
    }
  }

  private static String render(String source) {
    return ChatTemplate.compile("t.jinja", source)
        .render(new Conversation(List.of(), false), CLOCK);
  }

  /** Python would print the address of an object; here only that nothing goes wrong. */
  @Test
  void functionsPrintAsSuch() {
    assertThat(render("{{ range }}|{% macro m() %}{% endmacro %}{{ m }}"))
        .isEqualTo("<function>|<function>");
  }

  @Test
  void errorsNameTemplateAndLine() {
    assertThatThrownBy(() -> render("a\n{{ b.c }}"))
        .hasMessage(
            "t.jinja: the chat template, line 2: 'b' is undefined: mend the template, or give"
                + " another one");
    assertThatThrownBy(() -> render("\n{% include 'x' %}"))
        .hasMessageContaining("line 2: tag 'include' is not known");
    assertThatThrownBy(() -> render("{{ 1|frobnicate }}"))
        .hasMessageContaining("filter 'frobnicate' is not known");
    assertThatThrownBy(() -> render("{{ 1 is frobnicated }}"))
        .hasMessageContaining("test 'frobnicated' is not known");
    assertThatThrownBy(() -> render("{{ raise_exception('no tools, please') }}"))
        .hasMessage("t.jinja: the chat template refuses this conversation: no tools, please");
  }

  /** A template may change its lists; the caller's stay as they are, and the next text the same. */
  @Test
  void renderingLeavesItsInputAlone() {
    ChatTemplate template =
        ChatTemplate.compile(
            "t", "{% set x = messages[0].pop('content') %}{{ x }}{{ messages|length }}");
    Map<String, Object> message = new LinkedHashMap<>(Map.of("role", "user", "content", "a"));
    Conversation conversation = new Conversation(List.of(message), false);
    assertThat(template.render(conversation)).isEqualTo("a1");
    assertThat(template.render(conversation)).isEqualTo("a1");
    assertThat(message).containsKey("content");
  }

  @Test
  void dateIsTheClocks() {
    ChatTemplate template = ChatTemplate.compile("t", "{{ strftime_now('%d %b %Y, %A %j') }}");
    Clock leapDay = Clock.fixed(Instant.parse("2028-02-29T23:59:59Z"), ZoneOffset.UTC);
    assertThat(template.render(new Conversation(List.of(), false), leapDay))
        .isEqualTo("29 Feb 2028, Tuesday 060");
  }

  @Test
  void numbersOutOfRangeAreErrors() {
    for (String source :
        Arrays.asList(
            "{{ 9223372036854775807 + 1 }}",
            "{{ 99999999999999999999 }}",
            "{{ 1/0 }}",
            "{{ 2 ** 1000000000 }}",
            "{{ 7 % 0 }}",
            "{{ -(-9223372036854775807 - 1) }}")) {
      assertThatThrownBy(() -> render(source)).as(source).isInstanceOf(PunaException.class);
    }
  }
}
