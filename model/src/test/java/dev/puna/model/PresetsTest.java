package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetsTest {
  /** The counts that PyTorch gives for the published checkpoints. */
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
  void haveTheirPublishedNumberOfParameters(String name, long parameters) {
    assertThat(Decoder.record(Presets.spec(name)).parameters()).isEqualTo(parameters);
  }

  @Test
  void differInContextBetweenGenerations() {
    assertThat(Presets.spec("llama-7b").context()).isEqualTo(2048);
    assertThat(Presets.spec("llama2-7b").context()).isEqualTo(4096);
  }

  @Test
  void allBuildTheirArchitecture() {
    assertThat(Presets.names()).hasSize(8).allMatch(name -> Presets.spec(name).width() >= 4096);
  }

  @Test
  void refuseAnUnknownNameByListingTheKnown() {
    assertThatThrownBy(() -> Presets.spec("llama9"))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("no preset llama9", "llama-7b, llama-13b");
  }
}
