package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** params.json of Meta's releases against the sizes that their papers and model cards give. */
class MetaCheckpointTest {
  @TempDir Path folder;

  private Checkpoint open(String params) throws IOException {
    Files.writeString(folder.resolve("params.json"), "{" + params.replace('\'', '"') + "}");
    return Checkpoint.open(folder, null);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          LLaMA 7B     | 'dim': 4096, 'multiple_of': 256, 'n_heads': 32, 'n_layers': 32, 'norm_eps': 1e-06, 'vocab_size': -1 | 11008 | 32 | 2048 | 32000
          LLaMA 65B    | 'dim': 8192, 'multiple_of': 256, 'n_heads': 64, 'n_layers': 80, 'norm_eps': 1e-05, 'vocab_size': -1 | 22016 | 64 | 2048 | 32000
          Llama 2 13B  | 'dim': 5120, 'multiple_of': 256, 'n_heads': 40, 'n_layers': 40, 'norm_eps': 1e-05, 'vocab_size': -1 | 13824 | 40 | 4096 | 32000
          Llama 2 70B  | 'dim': 8192, 'multiple_of': 4096, 'ffn_dim_multiplier': 1.3, 'n_heads': 64, 'n_kv_heads': 8, 'n_layers': 80, 'norm_eps': 1e-05, 'vocab_size': -1 | 28672 | 8 | 4096 | 32000
          Llama 3 8B   | 'dim': 4096, 'n_layers': 32, 'n_heads': 32, 'n_kv_heads': 8, 'vocab_size': 128256, 'multiple_of': 1024, 'ffn_dim_multiplier': 1.3, 'norm_eps': 1e-05, 'rope_theta': 500000.0 | 14336 | 8 | 8192 | 128256
          Llama 3.1 8B | 'dim': 4096, 'n_layers': 32, 'n_heads': 32, 'n_kv_heads': 8, 'vocab_size': 128256, 'ffn_dim_multiplier': 1.3, 'multiple_of': 1024, 'norm_eps': 1e-05, 'rope_theta': 500000.0, 'use_scaled_rope': true | 14336 | 8 | 131072 | 128256
          Llama 3.2 1B | 'dim': 2048, 'ffn_dim_multiplier': 1.5, 'multiple_of': 256, 'n_heads': 32, 'n_kv_heads': 8, 'n_layers': 16, 'norm_eps': 1e-05, 'rope_theta': 500000.0, 'use_scaled_rope': true, 'vocab_size': 128256 | 8192 | 8 | 131072 | 128256
          """,
      quoteCharacter = '`')
  void readsTheReleases(String name, String params, int hidden, int kv, int context, int vocabulary)
      throws IOException {
    try (Checkpoint checkpoint = open(params)) {
      Spec spec = checkpoint.spec();
      assertThat(checkpoint.layout()).isEqualTo(Layout.META);
      assertThat(((Spec.Dense) spec.layers().getFirst().ffn()).hidden()).isEqualTo(hidden);
      assertThat(Tiny.attention(spec).heads().kv()).isEqualTo(kv);
      assertThat(Tiny.attention(spec).rotations().getFirst().pairing())
          .isEqualTo(Rotation.Pairing.ADJACENT);
      assertThat(spec.context()).isEqualTo(context);
      assertThat(spec.vocab()).isEqualTo(vocabulary);
      assertThat(checkpoint.generation().stops()).contains(vocabulary > 100_000 ? 128_001 : 2);
    }
  }

  /** The factors that Hugging Face's versions of both have in rope_scaling. */
  @ParameterizedTest
  @CsvSource({"4096, 8", "2048, 32", "3072, 32"})
  void scalesRotations(int width, int factor) throws IOException {
    String params = "'dim': %d, 'n_layers': 1, 'n_heads': 32, 'use_scaled_rope': true";
    try (Checkpoint checkpoint = open(params.formatted(width))) {
      assertThat(Tiny.attention(checkpoint.spec()).rotations().getFirst().scaling())
          .isEqualTo(new RopeScaling.Llama3(factor, 1, 4, 8192));
    }
  }

  @Test
  void refusesOptionsThatWouldChangeTheResult() {
    String moe = "'dim': 64, 'n_layers': 1, 'n_heads': 4, 'moe': {'num_experts': 8}";
    assertThatThrownBy(() -> open(moe)).message().contains("params.json", "option moe");
  }
}
