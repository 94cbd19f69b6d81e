package dev.puna.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.model.Checkpoint;
import dev.puna.model.GgufExport;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each family in its authors' layout, computed here as it is, and in llama.cpp from the GGUF file
 * that is made of it: the same numbers, as far as keys and values in F16 and activations from
 * tables let them, and the same likeliest tokens.
 *
 * <p>These fixtures are left out, as llama.cpp computes something else of their sizes or options;
 * {@link RandomModels} has others of the same families:
 *
 * <ul>
 *   <li>baichuan: it tells rotation from ALiBi by 32 and 40 layers;
 *   <li>deepseek_v2_lite: it tells queries that are made directly by 26 or 27 layers;
 *   <li>gemma2, gemma3_text: it scales scores by the columns of a head, not by
 *       query_pre_attn_scalar;
 *   <li>gpt_oss: it rounds the ends of YaRN's ramp, which the model does not;
 *   <li>mamba2: it normalizes group by group.
 * </ul>
 */
class LlamaCppFamiliesTest {
  private static final float TOLERANCE = 0.03f;

  @TempDir Path folder;

  /**
   * @param length tokens: of some, llama.cpp ignores the window of 16
   */
  @ParameterizedTest
  @CsvSource({
    "bloom, 40",
    "chatglm2_6b, 40",
    "cohere, 40",
    "cohere2, 40",
    "deepseek_v3, 40",
    "falcon_40b, 40",
    "falcon_7b, 40",
    "glm, 40",
    "glm4, 40",
    "gpt2, 40",
    "gpt_neox, 40",
    "internlm2, 40",
    "internlm_7b, 40",
    "jamba, 40",
    "llama_gqa, 40",
    "mamba, 40",
    "mistral_swa, 16",
    "mixtral, 40",
    "mpt, 40",
    "olmo2, 40",
    "olmoe, 40",
    "phi, 40",
    "phi3, 16",
    "phi3_longrope, 40",
    "qwen2, 40",
    "qwen2_moe, 40",
    "qwen2_swa, 16",
    "qwen3, 40",
    "qwen3_moe, 40",
    "qwen_7b, 40",
    "qwen_7b_ntk, 32",
    "stablelm, 40",
    "starcoder2, 16"
  })
  void fixtures(String fixture, int length) {
    // the factors are those of the whole context there, and of the text so far here
    boolean generates = !fixture.equals("phi3_longrope");
    compare(LlamaCppTest.shared("fixtures/" + fixture), length, generates);
  }

  static Set<String> models() {
    return RandomModels.all().keySet();
  }

  @ParameterizedTest
  @MethodSource("models")
  void familiesAndOptionsWithoutFixture(String name) {
    RandomCheckpoint model = Objects.requireNonNull(RandomModels.all().get(name));
    compare(model.write(folder.resolve("hf")), 40, true);
  }

  /** Logits of a tied head are not scaled there. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void encoderAndDecoder(boolean gated) {
    Path libraries = LlamaCppTest.libraries();
    Path source = RandomStacks.t5(gated).write(folder.resolve("hf"));
    Path file = folder.resolve("model.gguf");
    int[] read = {5, 77, 140, 9, 33, 2, 60, 150, 1};
    int[] written = {0, 12, 99, 41, 7, 130};
    float[][] expected;
    try (Checkpoint checkpoint = Checkpoint.open(source, null)) {
      Forward.Input input = new Forward.Input(read, written, new int[0]);
      expected = Forward.of(checkpoint, input, Options.defaults(), false).logits();
      export(checkpoint, file);
    }
    try (Checkpoint checkpoint = Checkpoint.open(file, null);
        LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
      Forward.Input input = new Forward.Input(read, written, new int[0]);
      float[][] back = Forward.of(checkpoint, input, Options.defaults(), false).logits();
      compare(back, expected, 1, 1e-5f);
      compare(peer.logits(read, written), expected, gated ? 1 : 0.125f, TOLERANCE);
    }
  }

  @Test
  void encoder() {
    Path libraries = LlamaCppTest.libraries();
    Path file = folder.resolve("model.gguf");
    int[] ids = {101, 5, 77, 140, 9, 33, 2, 60, 150, 102};
    try (Checkpoint checkpoint = Checkpoint.open(LlamaCppTest.shared("fixtures/bert"), null)) {
      export(checkpoint, file);
      float[][] expected = Forward.of(checkpoint, ids, Options.defaults(), false).output();
      try (LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
        compare(peer.rows(checkpoint.spec().width(), ids), expected, 1, TOLERANCE);
      }
    }
  }

  private static void compare(float[][] actual, float[][] expected, float scale, float tolerance) {
    for (int t = 0; t < expected.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        assertThat(scale * actual[t][v])
            .as("[%d, %d]", t, v)
            .isCloseTo(expected[t][v], within(tolerance));
      }
    }
  }

  private static void export(Checkpoint checkpoint, Path file) {
    GgufExport.write(
        checkpoint, file, DType.F32, GgufExport.stored(DType.F32), null, (name, bytes) -> {});
  }

  private void compare(Path source, int length, boolean generates) {
    Path libraries = LlamaCppTest.libraries();
    Path file = folder.resolve("model.gguf");
    int[] ids = new int[length];
    float[][] expected;
    try (Checkpoint checkpoint = Checkpoint.open(source, null)) {
      Random random = new Random(7);
      for (int i = 0; i < length; i++) {
        ids[i] = random.nextInt(checkpoint.spec().vocab());
      }
      Options options = Options.defaults().device("reference");
      expected = Forward.of(checkpoint, ids, options, false).logits();
      GgufExport.write(
          checkpoint, file, DType.F32, GgufExport.stored(DType.F32), null, (name, bytes) -> {});
    }
    try (LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
      float[][] actual = peer.logits(ids);
      for (int t = 0; t < length; t++) {
        for (int v = 0; v < expected[t].length; v++) {
          assertThat(actual[t][v])
              .as("[%d, %d]", t, v)
              .isCloseTo(expected[t][v], within(TOLERANCE));
        }
      }
      if (generates) {
        tokens(source, peer, java.util.Arrays.copyOf(ids, 6), Math.min(length - 6, 24));
      }
    }
  }

  /** The likeliest tokens up to the first one that is not clear. */
  private static void tokens(Path source, LlamaCpp peer, int[] prompt, int count) {
    try (Engine engine = Engine.open(source, Options.defaults().context(64))) {
      Request request = new Request(prompt, Sampling.greedy(), new Stop(count, List.of(), true));
      List<Integer> tokens = engine.submit(request).await().tokens();
      int clear = LlamaCppTest.clear(source, prompt, tokens);
      assertThat(peer.greedy(prompt, clear)).isEqualTo(tokens.subList(0, clear));
    }
  }
}
