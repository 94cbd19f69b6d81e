package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.model.Families;
import dev.puna.model.Presets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
  /** Published parameter counts; their sum in single precision is what the article computes. */
  @ParameterizedTest
  @CsvSource({
    "llama-7b, 6738415616",
    "llama-13b, 13015864320",
    "llama-33b, 32528943616",
    "llama-65b, 65285660672",
    "llama2-7b, 6738415616",
    "llama2-13b, 13015864320",
    "llama2-70b, 68976648192",
    "baichuan-7b, 7000559616"
  })
  void publishedSizes(String preset, long parameters) {
    assumeFamilyOf(preset);
    JsonNode plan = Puna.json("plan", "--preset", preset, "--weights", "F32", "--json");
    assertThat(plan.get("parameters").asLong()).isEqualTo(parameters);
    assertThat(plan.get("bytes").get("weights").asLong()).isEqualTo(4 * parameters);
  }

  @Test
  void figuresOfTheArticle() {
    assumeFamilyOf("baichuan-7b");
    Puna load = Puna.run("plan", "--preset", "baichuan-7b", "--weights", "F32", "-c", 1);
    assertThat(load.out()).contains("26.08 GiB");
    JsonNode adam = Puna.json("plan", "--preset", "baichuan-7b", "--train", "full", "--json");
    assertThat(withoutActivations(adam)).isEqualTo(4 * 4 * 7_000_559_616L);
    JsonNode momentum =
        Puna.json(
            "plan",
            "--preset",
            "baichuan-7b",
            "--train",
            "full",
            "--optimizer",
            "momentum",
            "--json");
    assertThat(withoutActivations(momentum)).isEqualTo(3 * 4 * 7_000_559_616L);
  }

  /** Skips a test of a preset whose family is not there yet. */
  private static void assumeFamilyOf(String preset) {
    String[] names = {
      Presets.config(preset).text("model_type"),
      String.valueOf(
          Objects.requireNonNull(Presets.config(preset).list("architectures")).getFirst())
    };
    Assumptions.assumeTrue(
        Families.all().stream()
            .anyMatch(family -> Stream.of(names).anyMatch(family.names()::contains)),
        () -> "skipped: the family of " + preset + " is not known");
  }

  private static long withoutActivations(JsonNode plan) {
    return plan.get("total_bytes").asLong() - plan.get("bytes").get("activations").asLong();
  }

  /** A file's weights are counted by their stored types; a configuration needs no weights. */
  @Test
  void filesAndConfigurations() {
    JsonNode file = Puna.json("plan", "--json");
    assertThat(file.get("parameters").asLong()).isEqualTo(6_820_096);
    assertThat(file.get("weights_by_type").get("Q8_0").asLong()).isEqualTo(6_815_744L / 32 * 34);
    Path config = Shared.data("fixtures/llama_gqa/config.json");
    JsonNode plan = Puna.json("plan", config, "--context", 100, "--batch", 3, "--json");
    // 3 layers, keys and values of 2 heads of 16, in single precision
    assertThat(plan.get("bytes").get("kv_cache").asLong()).isEqualTo(3 * 2 * 32 * 4 * 300L);
  }

  /** A plan of every well-known model adds up, and none needs more than it has parameters for. */
  @Test
  void everyPreset() {
    for (String name : Presets.names()) {
      JsonNode plan = Puna.json("plan", name, "--context", 64, "--kv-type", "F16", "--json");
      long sum = 0;
      for (JsonNode part : plan.get("bytes")) {
        assertThat(part.asLong()).as(name).isNotNegative();
        sum += part.asLong();
      }
      long parameters = plan.get("parameters").asLong();
      assertThat(plan.get("total_bytes").asLong()).as(name).isEqualTo(sum);
      assertThat(plan.get("bytes").get("weights").asLong())
          .as(name)
          .isBetween(2 * parameters, 2 * parameters + parameters / 50);
      assertThat(plan.get("active_parameters").asLong()).as(name).isBetween(1L, parameters);
    }
  }

  /** What their authors publish as active: 12.9, 39, 21, 37, 12 billion. */
  @ParameterizedTest
  @CsvSource({
    "mixtral-8x7b, 12.9",
    "mixtral-8x22b, 39.1",
    "deepseek-v2, 21.4",
    "deepseek-v3, 37.6",
    "jamba-v0.1, 12.1",
    "qwen2-57b-a14b, 14.2"
  })
  void countsTheExpertsThatATokenMeets(String preset, double billions) {
    JsonNode plan = Puna.json("plan", preset, "--context", 1, "--json");
    assertThat(plan.get("active_parameters").asLong() / 1e9).isCloseTo(billions, within(0.06));
    assertThat(Puna.run("plan", preset, "-c", 1).out()).contains("active for a token");
  }

  /** A state space keeps as much of a long text as of a short one. */
  @Test
  void aStateDoesNotGrow() {
    JsonNode one = Puna.json("plan", "mamba2-2.7b", "--context", 1, "--json").get("bytes");
    JsonNode many = Puna.json("plan", "mamba2-2.7b", "--context", 100000, "--json").get("bytes");
    // 64 layers, 5120 columns with 128 states, 3 rows of 5120 + 2·128; read and written
    long floats = 64L * (5120 * 128 + 3 * (5120 + 2 * 128));
    assertThat(one.get("state").asLong()).isEqualTo(2 * 4 * floats);
    assertThat(many.get("state")).isEqualTo(one.get("state"));
    assertThat(many.get("kv_cache").asLong()).isZero();
  }

  /** Keys and values of the decoder's own text, of the source, and of the encoder's own. */
  @Test
  void countsBothStacks() {
    JsonNode plan = Puna.json("plan", "t5-small", "--context", 10, "--kv-type", "F16", "--json");
    assertThat(plan.get("parameters").asLong()).isEqualTo(60_506_624);
    assertThat(plan.get("bytes").get("kv_cache").asLong())
        .isEqualTo(10L * (6 + 6 + 6) * 2 * 512 * 2);
  }

  /** In groups, each name whole, on a terminal of 80 columns. */
  @Test
  void helpListsThePresets() {
    String help = Puna.run("plan", "--help").out();
    assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
    List<String> words = List.of(help.split("\\s+"));
    assertThat(words).containsAll(Presets.names());
    assertThat(help.lines().filter(line -> line.contains("llama3.1-8b"))).hasSize(1);
  }

  @Test
  void refusesNonsense() {
    Puna unknown = Puna.run("plan", "--preset", "llama-8b");
    assertThat(unknown.err())
        .hasLineCount(1)
        .contains("no preset llama-8b", "did you mean llama-7b", "llama3-8b");
    assertThat(Puna.run("plan", "--context", 0).status()).isEqualTo(1);
    Puna huge = Puna.run("plan", "--context", 2000000000, "--batch", 2000000000);
    assertThat(huge.status()).isEqualTo(1);
    assertThat(huge.err()).hasLineCount(1);
  }
}
