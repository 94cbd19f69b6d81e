package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

class BenchTest {
  /** A tied table is read whole: README.md gives the bundled model's bytes. */
  private static final long BUNDLED = 7_259_136;

  @Test
  void measuresRunsOfTheirOwn() {
    JsonNode result = Puna.json("bench", "-p", 8, "-n", 4, "-r", 2, "--batch", 2, "--json");
    assertThat(result.get("prefill_samples")).hasSize(2).allMatch(n -> n.asDouble() > 0);
    assertThat(result.get("decode_samples")).hasSize(2).allMatch(n -> n.asDouble() > 0);
    assertThat(result.get("step_weight_bytes").asLong()).isEqualTo(BUNDLED);
    assertThat(result.get("peak_rss_bytes").asLong()).isGreaterThan(BUNDLED);
    double read = result.get("decode_tps").asDouble() / 2 * BUNDLED / 1e9;
    assertThat(
            result.get("bandwidth_fraction").asDouble()
                * result.get("bandwidth_gb_per_s").asDouble())
        .isCloseTo(read, org.assertj.core.api.Assertions.withinPercentage(1));
  }

  @Test
  void measuresStretchesOfOneTextAtADepth() {
    JsonNode result = Puna.json("bench", "--depth", 40, "-n", 3, "-r", 4, "--json");
    assertThat(result.get("prefill_samples")).hasSize(1);
    assertThat(result.get("decode_samples")).hasSize(4).allMatch(n -> n.asDouble() > 0);
  }

  @Test
  void refusesWhatMeasuresNothing() {
    assertThat(Puna.run("bench", "-n", 1).err()).hasLineCount(1).contains("-n at least 2");
    Puna both = Puna.run("bench", "--depth", 9, "--batch", 2);
    assertThat(both.status()).isEqualTo(1);
    assertThat(both.err()).hasLineCount(1).contains("--depth");
  }
}
