package dev.puna.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class UnreadOptionsTest {
  /** A line of one of the lists. */
  private record Option(String preset, String key, Object value) {
    static Option of(String line) {
      String[] cells = line.split("\t", 3);
      Config value = Config.parse(line, ("{\"v\":" + cells[2] + "}").getBytes(UTF_8));
      return new Option(cells[0], cells[1], Objects.requireNonNullElse(value.get("v"), ""));
    }
  }

  private static List<Option> list(String file) {
    try (InputStream in =
        Objects.requireNonNull(UnreadOptionsTest.class.getResourceAsStream(file))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.endsWith("\tnull"))
          .map(Option::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Spec read(Config config) {
    return Families.of(config).spec(config, Layout.HUGGING_FACE);
  }

  /** A real model is not refused for an option that has no say, alone or with all the others. */
  @TestFactory
  Stream<DynamicTest> opensWhatIsPublished() {
    Map<String, List<Option>> byPreset =
        list("harmless-options.tsv").stream().collect(Collectors.groupingBy(Option::preset));
    return byPreset.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      Config all = Presets.config(entry.getKey());
                      for (Option option : entry.getValue()) {
                        Config one = Presets.config(entry.getKey()).with(option.key, option.value);
                        assertThatCode(() -> read(one)).as(option.key).doesNotThrowAnyException();
                        all = all.with(option.key, option.value);
                      }
                      Config together = all;
                      assertThatCode(() -> read(together)).doesNotThrowAnyException();
                    }));
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatIsNotImplemented() {
    return list("dangerous-options.tsv").stream()
        .map(
            option ->
                DynamicTest.dynamicTest(
                    option.preset + " " + option.key,
                    () -> {
                      Config config = Presets.config(option.preset).with(option.key, option.value);
                      assertThatThrownBy(() -> read(config))
                          .isInstanceOf(PunaException.class)
                          .message()
                          .hasLineCount(1)
                          .contains(option.key);
                    }));
  }

  /** Off is off, whatever the option. */
  @Test
  void letsOptionsPassThatAreSwitchedOff() {
    Config config = Presets.config("llama2-7b");
    for (Object off : List.of(false, 0, 0.0, "", List.of(), Map.of())) {
      Config with = config.with("an_option_of_tomorrow", off);
      assertThatCode(() -> read(with)).doesNotThrowAnyException();
    }
    assertThatThrownBy(() -> read(config.with("an_option_of_tomorrow", true)))
        .message()
        .contains("an_option_of_tomorrow = true");
  }

  /** One option in two spellings is the same option if they agree, and another if they do not. */
  @Test
  void letsASecondSpellingPassThatAgrees() {
    Config config = Presets.config("llama2-7b");
    assertThatCode(() -> read(config.with("d_model", 4096))).doesNotThrowAnyException();
    assertThatThrownBy(() -> read(config.with("d_model", 2048))).message().contains("d_model");
  }

  @Test
  void namesAnOptionWithinRotaryScaling() {
    Map<String, Object> scaling = Map.of("type", "linear", "factor", 2.0, "bends_time", 3);
    assertThatThrownBy(() -> read(Presets.config("llama2-7b").with("rope_scaling", scaling)))
        .message()
        .contains("rope_scaling", "bends_time = 3");
  }

  /** The first revisions of InternLM wrote rotary scaling in a form of their own. */
  @Test
  void readsTheFirstFormOfRotaryScaling() {
    Map<String, Object> dynamic = Map.of("base", 20000, "type", "dynamic");
    Config config = Presets.config("internlm-7b").with("rotary", dynamic);
    Map<String, Object> later = Map.of("type", "dynamic", "factor", 1.0);
    Config same =
        Presets.config("internlm-7b").with("rope_theta", 20000).with("rope_scaling", later);
    assertThat(read(config)).isEqualTo(read(same));
  }
}
