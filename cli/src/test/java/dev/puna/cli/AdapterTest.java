package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.formats.Safetensors;
import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters as another library made them, beside the weights and merged into them. */
class AdapterTest {
  private static final float TOLERANCE = 1e-4f;

  static Stream<Arguments> everywhere() {
    return Stream.of("lora_qv", "lora_all_rslora", "dora_qv")
        .flatMap(
            f ->
                Stream.of("cpu", "reference")
                    .flatMap(d -> Stream.of(Arguments.of(f, d, false), Arguments.of(f, d, true))));
  }

  @ParameterizedTest(name = "{0} on {1}, merged: {2}")
  @MethodSource("everywhere")
  void logitsAndTextWithTheAdapter(String fixture, String device, boolean merged) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode prompts = Shared.json(folder.resolve("reference.json")).get("prompts");
    Options options = Options.defaults().device(device).context(128).parallel(3);
    try (Checkpoint base = Checkpoint.open(Shared.data("fixtures/llama_gqa"), null);
        Adapter adapter = Adapter.open(folder, 1);
        Checkpoint adapted = base.withAdapters(List.of(adapter), merged);
        Safetensors expected = Safetensors.open(folder.resolve("reference.safetensors"))) {
      for (int i = 0; i < prompts.size(); i++) {
        int[] ids = Shared.ints(prompts.get(i).get("input_ids"));
        float[][] logits = Forward.of(adapted, ids, options, false).logits();
        Tensor rows = expected.tensors().get("logits." + i).matrix();
        float[] row = new float[(int) rows.cols()];
        for (int t = 0; t < ids.length; t++) {
          rows.row(t, row, 0);
          assertThat(logits[t]).containsExactly(row, within(TOLERANCE));
        }
      }
      try (Engine engine = Engine.open(adapted, options)) {
        for (int i = 0; i < prompts.size(); i++) {
          int[] ids = Shared.ints(prompts.get(i).get("input_ids"));
          Generation text =
              engine.submit(new Request(ids, Sampling.greedy(), new Stop(24, List.of(), true)));
          assertThat(text.await().tokens())
              .containsExactlyElementsOf(
                  Arrays.stream(Shared.ints(prompts.get(i).get("greedy"))).boxed().toList());
        }
      }
    }
  }

  /**
   * Families that store projections otherwise: fused, by groups, with inputs as rows, experts. Some
   * updates go beside an op and others into their weight; all of them merged is the same.
   */
  @ParameterizedTest
  @CsvSource({
    "baichuan_7b,W_pack|down_proj,false",
    "gpt2,c_attn|c_fc|c_proj,false",
    "gpt2,c_attn,true",
    "chatglm2_6b,query_key_value|dense_h_to_4h,true",
    "falcon_40b,query_key_value,false",
    "bloom,query_key_value|dense,true",
    "phi3,qkv_proj|gate_up_proj,false",
    "mixtral,q_proj|w2,false",
    "deepseek_v3,q_a_proj|kv_b_proj|o_proj,false",
    "gpt_neox,query_key_value|dense_4h_to_h,true",
    "mamba,in_proj|x_proj|out_proj,false",
    "internlm2,wqkv|w1,false"
  })
  void mergedAndUnmergedAreTheSame(
      String fixture, String modules, boolean directed, @TempDir Path folder) throws Exception {
    Path base = Shared.data("fixtures/" + fixture);
    RandomAdapter.write(base, List.of(modules.split("\\|")), directed, folder);
    int[] ids = {5, 77, 200, 3, 19, 42, 8};
    try (Checkpoint checkpoint = Checkpoint.open(base, null);
        Adapter adapter = Adapter.open(folder, 1)) {
      float[][] plain = logits(checkpoint, ids);
      float[][] beside = logits(checkpoint.withAdapters(List.of(adapter), false), ids);
      float[][] merged = logits(checkpoint.withAdapters(List.of(adapter), true), ids);
      double moved = 0;
      for (int t = 0; t < ids.length; t++) {
        assertThat(beside[t]).containsExactly(merged[t], within(TOLERANCE));
        moved = Math.max(moved, Math.abs(beside[t][0] - plain[t][0]));
      }
      assertThat(moved).as("what the adapter changes").isGreaterThan(0.01);
    }
  }

  private static float[][] logits(Checkpoint checkpoint, int[] ids) {
    return Forward.of(checkpoint, ids, Options.defaults(), false).logits();
  }

  @Test
  void refusesWhatItDoesNotKnow(@TempDir Path folder) throws Exception {
    Path base = Shared.data("fixtures/llama_gqa");
    RandomAdapter.write(base, List.of("q_proj"), false, folder);
    for (String option :
        List.of("\"use_qalora\": true, \"r\": 3", "\"bias\": \"all\"", "\"r\": 0")) {
      Files.writeString(
          folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", " + option + "}");
      assertThatThrownBy(() -> Adapter.open(folder, 1).close())
          .isInstanceOf(PunaException.class)
          .hasMessageContaining(option.substring(1, option.indexOf('"', 1)));
    }
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 3}");
    try (Checkpoint other = Checkpoint.open(Shared.data("fixtures/qwen3"), null);
        Adapter adapter = Adapter.open(folder, 1)) {
      assertThatThrownBy(() -> other.withAdapters(List.of(adapter), false))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("q_proj");
    }
  }
}
