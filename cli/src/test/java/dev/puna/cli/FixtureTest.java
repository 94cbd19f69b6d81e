package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny random checkpoints with the logits, hidden states and greedy tokens that another
 * implementation computed from them in single precision.
 */
class FixtureTest {
  static final List<String> FIXTURES =
      List.of(
          "llama_gqa",
          "llama_mha",
          "llama_bias",
          "llama_tied",
          "llama_bf16",
          "llama_sharded",
          "llama_bin",
          "llama_rope_dynamic",
          "llama_rope_llama3",
          "llama_rope_yarn",
          "baichuan2_13b",
          "baichuan2_7b",
          "baichuan_13b",
          "baichuan_7b",
          "bloom",
          "chatglm2_6b",
          "chatglm_6b",
          "cohere",
          "cohere2",
          "deepseek_v2_lite",
          "deepseek_v3",
          "falcon_40b",
          "falcon_7b",
          "gemma2",
          "gemma3_text",
          "glm",
          "glm4",
          "gpt2",
          "gpt_neo",
          "gpt_neox",
          "gpt_oss",
          "internlm2",
          "internlm_7b",
          "jamba",
          "mamba",
          "mamba2",
          "mistral_swa",
          "mixtral",
          "mpt",
          "olmo2",
          "olmoe",
          "phi",
          "phi3",
          "phi3_longrope",
          "qwen2",
          "qwen2_moe",
          "qwen2_swa",
          "qwen3",
          "qwen3_moe",
          "qwen_7b",
          "qwen_7b_ntk",
          "stablelm",
          "starcoder2");

  static Stream<Arguments> everywhere() {
    return FIXTURES.stream()
        .flatMap(
            f ->
                Stream.of(
                    Arguments.of(f, "cpu", 1e-4f),
                    Arguments.of(f, "reference", f.startsWith("llama") ? 3e-5f : 1e-4f)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("everywhere")
  void logitsAndHiddenStatesAtEveryPosition(String fixture, String device, float tolerance) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode prompts = Shared.json(folder.resolve("reference.json")).get("prompts");
    try (Checkpoint checkpoint = Checkpoint.open(folder, null);
        Safetensors expected = Safetensors.open(folder.resolve("reference.safetensors"))) {
      for (int i = 0; i < prompts.size(); i++) {
        int[] ids = Shared.ints(prompts.get(i).get("input_ids"));
        Forward forward = Forward.of(checkpoint, ids, Options.defaults().device(device), i == 0);
        compare(forward.logits(), expected.tensors().get("logits." + i), tolerance);
        for (int l = 0; l < forward.hidden().length; l++) {
          StoredTensor layer = expected.tensors().get("layer_out." + l);
          if (layer != null) { // the same weights in other containers come without
            compare(forward.hidden()[l], layer, tolerance);
          }
        }
      }
    }
  }

  static void compare(float[][] actual, StoredTensor stored, float tolerance) {
    Tensor expected = stored.matrix();
    float[] row = new float[(int) expected.cols()];
    assertThat(actual).hasDimensions((int) expected.rows(), row.length);
    for (int t = 0; t < actual.length; t++) {
      expected.row(t, row, 0);
      for (int c = 0; c < row.length; c++) {
        assertThat(actual[t][c])
            .as("%s[%d, %d]", stored.name(), t, c)
            .isCloseTo(row[c], within(tolerance));
      }
    }
  }

  /** Continues with a cache, all prompts of a fixture side by side in one engine. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("everywhere")
  void greedyTokens(String fixture, String device, float tolerance) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode prompts = Shared.json(folder.resolve("reference.json")).get("prompts");
    Options options = Options.defaults().device(device).context(128).parallel(3);
    try (Engine engine = Engine.open(folder, options)) {
      List<dev.puna.engine.Generation> all =
          prompts
              .valueStream()
              .map(p -> Shared.ints(p.get("input_ids")))
              .map(ids -> new Request(ids, Sampling.greedy(), new Stop(24, List.of(), true)))
              .map(engine::submit)
              .toList();
      for (int i = 0; i < all.size(); i++) {
        JsonNode p = prompts.get(i);
        // LongRoPE's cache is dropped at the switch there, and every token after it sees itself
        // only; here the text is read anew, which is what re-running it gives
        boolean cached = p.has("greedy_cached") && !fixture.endsWith("longrope");
        JsonNode expected = cached ? p.get("greedy_cached") : p.get("greedy");
        assertThat(all.get(i).await().tokens())
            .as("%s, prompt %d", fixture, i)
            .containsExactlyElementsOf(
                java.util.Arrays.stream(Shared.ints(expected)).boxed().toList());
      }
    }
  }
}
