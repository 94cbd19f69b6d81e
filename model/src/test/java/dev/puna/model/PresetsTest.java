package dev.puna.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;

class PresetsTest {
  /**
   * A line of parameters.csv, which a script made without us.
   *
   * @param counts the right ones: two if what counts is a matter of taste, as the note says
   */
  private record Row(String preset, List<Long> counts, String source, String note) {
    static Row of(String line) {
      String[] cells = line.split(",", 5);
      List<Long> counts = new ArrayList<>(List.of(Long.parseLong(cells[1])));
      if (!cells[2].isEmpty()) {
        counts.add(Long.parseLong(cells[2]));
      }
      return new Row(cells[0], counts, cells[3], cells[4]);
    }
  }

  private static List<Row> table() {
    try (InputStream in =
        Objects.requireNonNull(PresetsTest.class.getResourceAsStream("parameters.csv"))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(Row::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean familyIsKnown(String preset) {
    try {
      Families.of(Presets.config(preset));
      return true;
    } catch (PunaException e) {
      return false;
    }
  }

  /** Skips a test of a preset whose family is not there yet. */
  static void assumeFamilyOf(String preset) {
    Assumptions.assumeTrue(
        familyIsKnown(preset), () -> "skipped: the family of " + preset + " is not known");
  }

  @TestFactory
  Stream<DynamicTest> haveTheirPublishedNumberOfParameters(TestReporter reporter) {
    List<Row> rows = table();
    List<String> unknown =
        rows.stream().map(Row::preset).filter(preset -> !familyIsKnown(preset)).toList();
    if (!unknown.isEmpty()) {
      reporter.publishEntry(
          "not counted",
          "%d of %d presets, whose families are not known: %s"
              .formatted(unknown.size(), rows.size(), String.join(" ", unknown)));
    }
    return rows.stream()
        .map(
            row ->
                DynamicTest.dynamicTest(
                    "%s, %,d (%s)".formatted(row.preset, row.counts.getFirst(), row.source),
                    () -> {
                      assumeFamilyOf(row.preset);
                      long total = ParameterCount.of(Presets.programs(row.preset)).total();
                      assertThat(total + unread(row.preset)).as(row.note).isIn(row.counts);
                    }));
  }

  /**
   * Numbers of the position tables that no token reads, and that are not loaded: their first rows,
   * as many as the padding token's number plus one, which the published code skips.
   */
  private static long unread(String preset) {
    String type = Presets.config(preset).text("model_type");
    int rows = Map.of("opt", 2, "roberta", 2, "bart", 2 + 2).getOrDefault(type, 0);
    return (long) rows * Presets.spec(preset).width();
  }

  /** A preset without a count, or a count without a preset, would be seen by nobody. */
  @Test
  void areAllInTheTable() {
    assertThat(table().stream().map(Row::preset)).containsExactlyElementsOf(Presets.names());
  }

  /** The article's models, and one of each family in use today. */
  @Test
  void holdTheModelsOfTheArticle() {
    assertThat(Presets.names())
        .contains("llama-7b", "llama-13b", "llama-33b", "llama-65b", "llama2-7b", "llama2-13b")
        .contains("llama2-70b", "chatglm-6b", "chatglm2-6b", "baichuan-7b", "baichuan-13b")
        .contains("baichuan2-7b", "baichuan2-13b", "qwen-7b", "qwen-14b", "yi-6b", "yi-34b")
        .contains("internlm-7b", "mamba-2.8b", "mixtral-8x7b");
  }

  @Test
  void nameTheirFamilyAsTheirOwnFilesDo() {
    for (String name : Presets.names()) {
      Config config = Presets.config(name);
      assertThat(config.text("model_type")).as(name).isNotEmpty();
      assertThat(config.list("architectures")).as(name).hasSize(1);
      assertThat(config.has("torch_dtype") || config.has("transformers_version")).isFalse();
    }
  }

  @Test
  void differInContextBetweenGenerations() {
    assertThat(Presets.spec("llama-7b").context()).isEqualTo(2048);
    assertThat(Presets.spec("llama2-7b").context()).isEqualTo(4096);
    assertThat(Presets.spec("llama3.1-8b").context()).isEqualTo(131072);
  }

  @Test
  void areGroupedEachInOneGroup() {
    List<String> grouped = Presets.groups().values().stream().flatMap(List::stream).toList();
    Set<String> once = new LinkedHashSet<>(grouped);
    assertThat(grouped).hasSameSizeAs(once).containsExactlyElementsOf(Presets.names());
  }

  @Test
  void refuseAnUnknownNameByTheNearest() {
    assertThatThrownBy(() -> Presets.spec("llama-7"))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("no preset llama-7", "did you mean llama-7b");
    assertThatThrownBy(() -> Presets.spec("Qwen2-7B-Instruct"))
        .isInstanceOf(PunaException.class)
        .message()
        .hasLineCount(1);
    assertThatThrownBy(() -> Presets.config("../presets/llama-7b"))
        .isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> Presets.config("index")).isInstanceOf(PunaException.class);
  }
}
