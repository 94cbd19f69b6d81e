package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.formats.Gguf;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every fixture that GGUF can express, converted: its numbers are still those of the other
 * implementation that made the fixture.
 */
class GgufFamiliesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "baichuan2_13b",
        "baichuan2_7b",
        "baichuan_13b",
        "baichuan_7b",
        "bloom",
        "chatglm2_6b",
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
        "gpt_neox",
        "gpt_oss",
        "internlm2",
        "internlm_7b",
        "jamba",
        "llama_gqa",
        "llama_bias",
        "llama_tied",
        "llama_rope_llama3",
        "llama_rope_yarn",
        "mamba",
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
        "starcoder2"
      })
  void convertedFixturesKeepTheirLogitsAndTokens(String fixture) {
    Path source = Shared.data("fixtures/" + fixture);
    Path target = folder.resolve(fixture + ".gguf");
    Puna converted = Puna.run("convert", source, target, "--type", "F32");
    assertThat(converted.status()).as(converted.err()).isZero();
    logits(source, target, "reference", 1e-4f);
    logits(source, target, "cpu", 1e-4f);
    tokens(source, target);
  }

  private static void logits(Path source, Path target, String device, float tolerance) {
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    int compared = 0;
    try (Checkpoint checkpoint = Checkpoint.open(target, null);
        Safetensors expected = Safetensors.open(source.resolve("reference.safetensors"))) {
      for (int i = 0; i < prompts.size(); i++) {
        int[] ids = Shared.ints(prompts.get(i).get("input_ids"));
        // what a model does beyond its context is not always said in GGUF
        if (ids.length <= checkpoint.spec().context()) {
          Forward forward = Forward.of(checkpoint, ids, Options.defaults().device(device), false);
          FixtureTest.compare(forward.logits(), expected.tensors().get("logits." + i), tolerance);
          compared++;
        }
      }
    }
    assertThat(compared).isPositive();
  }

  private static void tokens(Path source, Path target) {
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    try (Engine engine = Engine.open(target, Options.defaults().device("cpu").context(128))) {
      for (JsonNode p : prompts) {
        int[] ids = Shared.ints(p.get("input_ids"));
        // as FixtureTest has it: LongRoPE's cache is dropped at the switch there
        boolean cached = p.has("greedy_cached") && !source.endsWith("phi3_longrope");
        int[] expected = Shared.ints(p.get(cached ? "greedy_cached" : "greedy"));
        if (ids.length + expected.length <= engine.checkpoint().spec().context()) {
          Stop stop = new Stop(expected.length, List.of(), true);
          assertThat(engine.submit(new Request(ids, Sampling.greedy(), stop)).await().tokens())
              .containsExactlyElementsOf(Arrays.stream(expected).boxed().toList());
        }
      }
    }
  }

  @Test
  void aConvertedEncoderKeepsItsRows() {
    Path source = Shared.data("fixtures/bert");
    Path target = folder.resolve("bert.gguf");
    assertThat(Puna.run("convert", source, target, "--type", "F32").status()).isZero();
    JsonNode prompts = Shared.json(source.resolve("reference.json")).get("prompts");
    try (Checkpoint checkpoint = Checkpoint.open(target, null);
        Safetensors expected = Safetensors.open(source.resolve("reference.safetensors"))) {
      for (int i = 0; i < prompts.size(); i++) {
        int[] ids = Shared.ints(prompts.get(i).get("input_ids"));
        Forward forward = Forward.of(checkpoint, ids, Options.defaults(), false);
        FixtureTest.compare(forward.output(), expected.tensors().get("last_hidden." + i), 1e-4f);
      }
    }
  }

  /** What GGUF cannot express is one line that says so. */
  @ParameterizedTest
  @CsvSource({
    "chatglm_6b, no architecture",
    "gpt_neo, no architecture",
    "bart, no architecture",
    "t5, far",
    "mamba2, normGroups",
    "llama_rope_dynamic, dynamic NTK"
  })
  void whatGgufCannotExpressIsRefused(String fixture, String reason) {
    Path target = folder.resolve("x.gguf");
    Puna refused = Puna.run("convert", Shared.data("fixtures/" + fixture), target);
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).hasLineCount(1).contains(reason);
    assertThat(target).doesNotExist();
  }

  /** Names, dimensions and types as llama.cpp's converter has them. */
  @ParameterizedTest
  @CsvSource({
    "gpt2, blk.0.attn_qkv.weight, '192, 64', F16",
    "gpt2, position_embd.weight, '512, 64', F32",
    "falcon_40b, blk.1.attn_norm_2.bias, '64', F32",
    "glm4, blk.0.ffn_up.weight, '224, 64', F16",
    "mixtral, blk.0.ffn_down_exps.weight, '4, 64, 64', F16",
    "mixtral, blk.0.ffn_gate_inp.weight, '4, 64', F32",
    "gpt_oss, blk.0.ffn_gate_exps.bias, '4, 48', F32",
    "gpt_oss, blk.0.post_attention_norm.weight, '64', F32",
    "deepseek_v3, blk.0.attn_k_b.weight, '4, 16, 16', F16",
    "deepseek_v3, blk.1.exp_probs_b.bias, '8', F32",
    "mamba, blk.0.ssm_conv1d.weight, '128, 4', F32",
    "mamba, blk.0.ssm_a, '128, 8', F32",
    "phi3_longrope, rope_factors_long.weight, '8', F32"
  })
  void tensorsAreLaidOutAsLlamaCppHasThem(String fixture, String name, String shape, DType type) {
    Path target = folder.resolve("a.gguf");
    Path source = Shared.data("fixtures/" + fixture);
    assertThat(Puna.run("convert", source, target, "--type", "F16").status()).isZero();
    try (Gguf file = Gguf.open(target)) {
      StoredTensor tensor = file.tensors().get(name);
      assertThat(tensor).as(file.tensors().keySet().toString()).isNotNull();
      assertThat(tensor.shape().toString()).isEqualTo("[" + shape + "]");
      assertThat(tensor.type()).isEqualTo(type);
    }
  }
}
