package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.formats.Config;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RopeConfigTest {
  private static Rotation read(Map<String, Object> config) {
    return RopeConfig.read(Config.of("config.json", config), 16, Rotation.Pairing.HALVES);
  }

  private static RopeScaling scaling(Map<String, Object> scaling) {
    return read(Map.of("max_position_embeddings", 256, "rope_scaling", scaling)).scaling();
  }

  private static void refused(Map<String, Object> config, String... fragments) {
    assertThatThrownBy(() -> read(config))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("config.json")
        .contains(fragments)
        .doesNotContain("\n");
  }

  private static Spec spec(Path config) {
    Config read = Config.read(config);
    return Families.of(read).spec(read, Layout.HUGGING_FACE);
  }

  /** The same models as transformers 4 and 5 write them. */
  @Test
  void readsBothFormsOfTheSameModelAlike() {
    List<Path> folders = Shared.llamas("config.transformers5.json");
    assertThat(folders).hasSizeGreaterThan(5);
    for (Path folder : folders) {
      assertThat(spec(folder.resolve("config.transformers5.json")))
          .as(folder.toString())
          .isEqualTo(spec(folder.resolve("config.json")));
    }
  }

  @Test
  void defaultsToTheOriginalRotation() {
    Rotation rotation = read(Map.of());
    assertThat(rotation.base()).isEqualTo(10000);
    assertThat(rotation.size()).isEqualTo(16);
    assertThat(rotation.scaling()).isEqualTo(new RopeScaling.None());
    assertThat(scaling(Map.of("rope_type", "default"))).isEqualTo(new RopeScaling.None());
  }

  @Test
  void readsTheBaseFromEitherPlace() {
    assertThat(read(Map.of("rope_theta", 5e5)).base()).isEqualTo(5e5);
    assertThat(read(Map.of("rope_parameters", Map.of("rope_theta", 1e6))).base()).isEqualTo(1e6);
  }

  @Test
  void rotatesAPartOfAHead() {
    assertThat(read(Map.of("partial_rotary_factor", 0.25)).size()).isEqualTo(4);
    assertThat(read(Map.of("rotary_dim", 8)).size()).isEqualTo(8);
    refused(Map.of("rotary_dim", 18), "18 of a head's 16 columns");
    refused(Map.of("rotary_dim", 7), "an even number");
    refused(Map.of("rope_theta", 0), "a positive rope_theta");
  }

  @Test
  void readsEachScaling() {
    assertThat(scaling(Map.of("type", "linear", "factor", 4))).isEqualTo(new RopeScaling.Linear(4));
    assertThat(scaling(Map.of("rope_type", "dynamic", "factor", 2)))
        .isEqualTo(new RopeScaling.Dynamic(2, 256));
    Map<String, Object> llama3 =
        Map.of(
            "rope_type",
            "llama3",
            "factor",
            8,
            "low_freq_factor",
            1,
            "high_freq_factor",
            4,
            "original_max_position_embeddings",
            32);
    assertThat(scaling(llama3)).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 32));
  }

  /** The paper's temperature is 0.1·ln(factor) + 1; β are 32 and 1. */
  @Test
  void readsYarnWithThePapersDefaults() {
    Map<String, Object> config =
        Map.of("rope_type", "yarn", "factor", 4, "original_max_position_embeddings", 64);
    RopeScaling.Yarn yarn = (RopeScaling.Yarn) scaling(config);
    assertThat(yarn.magnitude()).isCloseTo(0.1 * Math.log(4) + 1, within(1e-12));
    assertThat(yarn).isEqualTo(new RopeScaling.Yarn(4, 32, 1, 64, true, yarn.magnitude()));
    // without a factor it is the ratio of the contexts
    RopeScaling.Yarn derived =
        (RopeScaling.Yarn)
            scaling(Map.of("rope_type", "yarn", "original_max_position_embeddings", 64));
    assertThat(derived.factor()).isEqualTo(4);
    RopeScaling.Yarn given =
        (RopeScaling.Yarn)
            scaling(Map.of("rope_type", "yarn", "factor", 4, "attention_factor", 1.5));
    assertThat(given.magnitude()).isEqualTo(1.5);
  }

  @Test
  void refusesWhatItDoesNotKnowByName() {
    refused(
        Map.of("rope_scaling", Map.of("rope_type", "mrope", "factor", 2)),
        "rope_scaling",
        "\"mrope\" is not known",
        "linear, dynamic, llama3, longrope and yarn");
    refused(Map.of("rope_scaling", Map.of("type", "linear")), "'factor' is missing");
    refused(Map.of("rope_scaling", Map.of("type", "linear", "factor", -1)), "must be positive");
    refused(Map.of("rope_scaling", Map.of("type", "dynamic", "factor", 2), "rotary_dim", 2), "NTK");
  }
}
