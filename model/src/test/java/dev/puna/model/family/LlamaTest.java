package dev.puna.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.model.Families;
import dev.puna.model.Layout;
import dev.puna.model.Spec;
import dev.puna.program.Activation;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LlamaTest {
  private static final Map<String, Object> LEAST =
      Map.of(
          "vocab_size", 10,
          "hidden_size", 8,
          "intermediate_size", 12,
          "num_hidden_layers", 2,
          "num_attention_heads", 4);

  private static Spec spec(Map<String, Object> more, Layout layout) {
    Map<String, Object> config = new LinkedHashMap<>(LEAST);
    config.putAll(more);
    return new Llama().spec(Config.of("config.json", config), layout);
  }

  private static Spec.Attention attention(Spec spec) {
    return (Spec.Attention) spec.layers().getFirst().mixer();
  }

  /** transformers' LlamaConfig: epsilon 1e-6, context 2048, base 10000, no bias, not tied. */
  @Test
  void hasTransformersDefaults() {
    Normalization norm = new Normalization.Rms(1e-6f);
    Rotation rotation = new Rotation(10000, 2, Rotation.Pairing.HALVES, new RopeScaling.None());
    Spec.Layer layer =
        new Spec.Layer(
            norm,
            new Spec.Attention(Heads.of(4, 4, 2), rotation, new Mask.Causal(), false, false),
            norm,
            new Spec.Dense(12, Activation.SILU, false));
    assertThat(spec(Map.of(), Layout.HUGGING_FACE))
        .isEqualTo(new Spec(10, 8, 2048, List.of(layer, layer), norm, new Spec.Logits(false)));
  }

  @Test
  void biasesAreAsConfigured() {
    Spec.Attention all = attention(spec(Map.of("attention_bias", true), Layout.HUGGING_FACE));
    assertThat(all.bias()).isTrue();
    assertThat(all.outBias()).isTrue();
    Spec.Attention some =
        attention(spec(Map.of("attention_bias", true, "attention_out_bias", false), Layout.GGUF));
    assertThat(some.bias()).isTrue();
    assertThat(some.outBias()).isFalse();
    Spec mlp = spec(Map.of("mlp_bias", true), Layout.HUGGING_FACE);
    assertThat(((Spec.Dense) mlp.layers().getFirst().ffn()).bias()).isTrue();
    assertThat(attention(mlp).bias()).isFalse();
  }

  /** Converters to GGUF put the columns back into the order of the original release. */
  @Test
  void pairsColumnsAsTheLayoutKeepsThem() {
    assertThat(attention(spec(Map.of(), Layout.GGUF)).rotations().getFirst().pairing())
        .isEqualTo(Rotation.Pairing.ADJACENT);
    assertThat(attention(spec(Map.of(), Layout.META)).rotations().getFirst().pairing())
        .isEqualTo(Rotation.Pairing.ADJACENT);
  }

  @Test
  void isFoundByItsNames() {
    for (Map<String, Object> config :
        List.<Map<String, Object>>of(
            Map.of("model_type", "llama"),
            Map.of("architectures", List.of("LlamaForCausalLM")),
            Map.of("architectures", List.of("LLaMAForCausalLM"), "model_type", "other"))) {
      assertThat(Families.of(Config.of("c", config))).isInstanceOf(Llama.class);
    }
  }

  @Test
  void anotherArchitectureIsRefusedByName() {
    assertThatThrownBy(() -> Families.of(Config.of("c", Map.of("model_type", "whisper"))))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("architecture whisper is not known", "known are: llama");
    assertThatThrownBy(() -> Families.of(Config.of("c", Map.of())))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("names no architecture");
  }
}
