package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NearestFamilyTest {
  /** What most decoders have, and what makes them theirs. */
  private static String message(String type, String architecture, Object... options) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_type", type);
    config.put("architectures", List.of(architecture));
    config.put("vocab_size", 32000);
    config.put("hidden_size", 4096);
    config.put("intermediate_size", 11008);
    config.put("num_hidden_layers", 32);
    config.put("num_attention_heads", 32);
    config.put("num_key_value_heads", 8);
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", 4096);
    config.put("rms_norm_eps", 1e-5);
    for (int i = 0; i < options.length; i += 2) {
      config.put((String) options[i], options[i + 1]);
    }
    Throwable refusal = catchThrowable(() -> Families.of(Config.of("config.json", config)));
    assertThat(refusal).isInstanceOf(PunaException.class);
    assertThat(refusal.getMessage()).hasLineCount(1).hasSizeLessThan(400);
    return refusal.getMessage();
  }

  @Test
  void saysWhichArchitectureItIs() {
    assertThat(message("exaone", "ExaoneForCausalLM"))
        .contains("architecture", "exaone", "ExaoneForCausalLM", "not known");
  }

  /** Scaled embeddings and residuals, and latent attention. */
  @Test
  void listsWhatTheNearestFamilyLacks() {
    assertThat(
            message(
                "minicpm",
                "MiniCPMForCausalLM",
                "scale_emb",
                12,
                "scale_depth",
                1.4,
                "dim_model_base",
                256))
        .contains("nearest known family", "scale_emb, scale_depth, dim_model_base");
  }

  @Test
  void namesNoMoreThanFiveOptions() {
    assertThat(
            message(
                "llama4_text",
                "Llama4ForCausalLM",
                "intermediate_size_mlp",
                16384,
                "interleave_moe_layer_step",
                1,
                "use_qk_norm",
                true,
                "no_rope_layers",
                List.of(1, 1, 1, 0),
                "attention_chunk_size",
                8192,
                "floor_scale",
                8192,
                "attn_scale",
                0.1))
        .contains("llama", "intermediate_size_mlp", "and 2 more")
        .doesNotContain("floor_scale");
  }

  /** By its name it is one family's offspring, by what it consists of another's. */
  @Test
  void tellsNameFromStructure() {
    assertThat(
            message(
                "qwen3_next",
                "Qwen3NextForCausalLM",
                "moe_intermediate_size",
                512,
                "n_routed_experts",
                512,
                "num_experts_per_tok",
                10,
                "norm_topk_prob",
                true,
                "linear_num_key_heads",
                16))
        .contains("by its name it is nearest to qwen3", "linear_num_key_heads");
  }

  /** A mixture of experts is nearer to one that has experts. */
  @Test
  void prefersTheFamilyThatReadsMore() {
    assertThat(
            message(
                "ourmoe",
                "OurMoeForCausalLM",
                "num_local_experts",
                8,
                "num_experts_per_tok",
                2,
                "sliding_window",
                1024))
        .containsAnyOf("mixtral", "mistral", "gpt-oss");
  }

  @Test
  void asksWhoHasAllItsOptionsWhetherItIsTheSame() {
    assertThat(message("aquila", "AquilaForCausalLM"))
        .contains("knows all its options", "set \"model_type\" to");
  }

  @Test
  void saysSoWhereNoFamilyCanReadIt() {
    Throwable refusal =
        catchThrowable(
            () -> Families.of(Config.of("config.json", Map.of("model_type", "zzz", "depth", 3))));
    assertThat(refusal).hasMessageContaining("zzz").hasMessageContaining("no known family");
  }

  @Test
  void asksForANameWhereThereIsNone() {
    Throwable refusal = catchThrowable(() -> Families.of(Config.of("c.json", Map.of("a", 1))));
    assertThat(refusal).hasMessageContaining("names no architecture");
  }

  /** A known family is not called unknown because it is quantized. */
  @Test
  void looksPastQuantization() {
    assertThat(message("exaone", "ExaoneForCausalLM", "quantization_config", Map.of("bits", 4)))
        .contains("nearest known family");
  }
}
