package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.tensor.PunaException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FamilyConfigTest {
  private static Heads heads(Object... changes) {
    return new FamilyConfig(Tiny.config(changes), Layout.HUGGING_FACE).heads();
  }

  private static void refused(Object[] changes, String... fragments) {
    assertThatThrownBy(() -> Tiny.spec(changes))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("config.json")
        .contains(fragments)
        .doesNotContain("\n");
  }

  private static Object[] with(Object... changes) {
    return changes;
  }

  @Test
  void derivesTheHeadSizeUnlessItIsGiven() {
    assertThat(heads()).isEqualTo(Heads.of(4, 2, 2));
    assertThat(heads("head_dim", 6)).isEqualTo(Heads.of(4, 2, 6));
    // a width that is not a whole number of heads is possible only then
    assertThat(heads("hidden_size", 10, "head_dim", 6)).isEqualTo(Heads.of(4, 2, 6));
  }

  @Test
  void sharesHeadsAsConfigured() {
    assertThat(heads("num_key_value_heads", null).kv()).isEqualTo(4);
    assertThat(heads("num_key_value_heads", 1)).isEqualTo(Heads.of(4, 1, 2));
  }

  @Test
  void refusesHeadsThatDoNotDivide() {
    refused(with("num_key_value_heads", 3), "4 query heads cannot share 3 key heads");
    refused(with("num_key_value_heads", 8), "4 query heads cannot share 8 key heads");
    refused(with("hidden_size", 10), "a width of 10 is not 4 whole heads");
    refused(with("hidden_size", 12), "3 of a head's 3 columns", "even number");
  }

  @Test
  void refusesAbsurdSizes() {
    refused(with("num_hidden_layers", 1_000_000), "1000000 layers", "at most 4096");
    refused(with("head_dim", 1 << 30), "4 heads of 1073741824 columns");
    refused(with("num_hidden_layers", 0), "'num_hidden_layers' is 0", "above 0");
    refused(with("hidden_size", "wide"), "'hidden_size' is a text");
    refused(with("hidden_size", 1e12), "'hidden_size'", "32 bits");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads"
      })
  void namesAMissingKey(String key) {
    refused(with(key, null), "'" + key + "' is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "silu, SILU",
    "swish, SILU",
    "gelu, GELU",
    "gelu_new, GELU_TANH",
    "gelu_pytorch_tanh, GELU_TANH",
    "relu, RELU"
  })
  void knowsActivationsByTransformersNames(String name, Activation activation) {
    FamilyConfig config = new FamilyConfig(Tiny.config("hidden_act", name), Layout.HUGGING_FACE);
    assertThat(config.activation("gelu")).isEqualTo(activation);
  }

  @Test
  void activationsDefaultToTheFamilys() {
    assertThat(new FamilyConfig(Tiny.config(), Layout.HUGGING_FACE).activation("relu"))
        .isEqualTo(Activation.RELU);
    refused(with("hidden_act", "xielu"), "activation \"xielu\" is not known", "known are silu");
  }

  @Test
  void refusesQuantizedCheckpoints() {
    refused(with("quantization_config", Map.of("bits", 4)), "quantization_config is not supported");
  }
}
