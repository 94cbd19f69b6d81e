package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.formats.Safetensors;
import dev.puna.model.family.Llama;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightNamesTest {
  private static final WeightNames LLAMA = new Llama().huggingFaceNames(Tiny.spec());

  /** The canonical names are those of the GGUF specification. */
  @ParameterizedTest
  @CsvSource({
    "model.embed_tokens.weight, token_embd.weight",
    "model.norm.weight, output_norm.weight",
    "lm_head.weight, output.weight",
    "model.layers.0.input_layernorm.weight, blk.0.attn_norm.weight",
    "model.layers.17.self_attn.q_proj.bias, blk.17.attn_q.bias",
    "model.layers.17.self_attn.o_proj.weight, blk.17.attn_output.weight",
    "model.layers.3.post_attention_layernorm.weight, blk.3.ffn_norm.weight",
    "model.layers.100.mlp.down_proj.weight, blk.100.ffn_down.weight"
  })
  void mapsBothWays(String stored, String canonical) {
    assertThat(LLAMA.canonical(stored)).containsExactly(canonical);
    assertThat(LLAMA.stored(canonical)).isEqualTo(stored);
  }

  @Test
  void knowsEveryNameOfRealCheckpoints() {
    List<Path> folders = Shared.llamas("model.safetensors");
    assertThat(folders).isNotEmpty();
    for (Path folder : folders) {
      try (Safetensors file = Safetensors.open(folder)) {
        assertThat(file.tensors().keySet())
            .allSatisfy(
                name -> {
                  List<String> canonical = LLAMA.canonical(name);
                  assertThat(canonical).hasSize(1);
                  assertThat(LLAMA.stored(canonical.getFirst())).isEqualTo(name);
                });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model.layers.x.mlp.up_proj.weight",
    "model.layers.mlp.up_proj.weight",
    "model.layers..mlp.up_proj.weight",
    "model.layers.1.2.mlp.up_proj.weight",
    "model.layers.-1.mlp.up_proj.weight",
    "model.layers.1.mlp.up_proj.lora_A.weight",
    "weight"
  })
  void doesNotKnowStrangers(String stored) {
    assertThat(LLAMA.canonical(stored)).isEmpty();
  }

  @Test
  void ignoresOnlyWhatHoldsNothing() {
    assertThat(LLAMA.ignores("model.layers.0.self_attn.rotary_emb.inv_freq")).isTrue();
    assertThat(LLAMA.ignores("model.layers.0.self_attn.q_proj.weight")).isFalse();
  }

  @Test
  void canonicalNamesStandForThemselves() {
    assertThat(WeightNames.CANONICAL.canonical("blk.0.attn_q.weight"))
        .containsExactly("blk.0.attn_q.weight");
    assertThat(WeightNames.CANONICAL.stored("output.weight")).isEqualTo("output.weight");
  }
}
