package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A text that is saved in one engine goes on in another as if nothing had happened. */
class SessionTest {
  private static final int[] PROMPT = new Random(3).ints(70, 0, 256).toArray();

  @TempDir private Path folder;

  private static Options options(DType kvType) {
    return Options.defaults().device("reference").context(200).kvType(kvType);
  }

  private static Path model(String name) {
    Path model = Fixtures.folder(name);
    Assumptions.assumeTrue(Files.exists(model), "needs " + model);
    return model;
  }

  private static Generation.Result text(Engine engine, int[] prompt, int tokens) {
    Stop stop = new Stop(tokens, List.of(), true);
    return engine.submit(new Request(prompt, new Sampling(0.8, 40, 0.95, 11), stop)).await();
  }

  private static int[] joined(int[] prompt, List<Integer> tokens) {
    int[] all = java.util.Arrays.copyOf(prompt, prompt.length + tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      all[prompt.length + i] = tokens.get(i);
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "llama_gqa, F32",
    "llama_gqa, F16",
    "mamba, F32",
    "jamba, F32",
    "deepseek_v2_lite, F32",
    "mistral_swa, F32"
  })
  void whatFollowsIsTheSame(String name, DType kvType) {
    Path file = folder.resolve("session");
    int[] sofar;
    List<Integer> expected;
    try (Engine engine = Engine.open(model(name), options(kvType))) {
      List<Integer> all = text(engine, PROMPT, 60).tokens();
      sofar = joined(PROMPT, all.subList(0, 30));
      expected = all.subList(30, 60);
      engine.save(sofar, null, file);
    }
    try (Engine engine = Engine.open(model(name), options(kvType))) {
      assertThat(engine.restore(null, file)).isEqualTo(sofar);
      Generation.Result result = text(engine, sofar, 30);
      assertThat(result.tokens()).isEqualTo(expected);
      assertThat(result.timing().reusedTokens()).isEqualTo(96); // three blocks of a hundred tokens
    }
  }

  @Test
  void damageIsSeen() throws IOException {
    Path file = folder.resolve("session");
    try (Engine engine = Engine.open(model("llama_gqa"), options(DType.F16))) {
      engine.save(PROMPT, null, file);
      byte[] good = Files.readAllBytes(file);
      Random random = new Random(9);
      for (int i = 0; i < 200; i++) {
        byte[] bad = good.clone();
        if (i % 4 == 0) {
          bad = java.util.Arrays.copyOf(bad, random.nextInt(bad.length));
        } else {
          bad[random.nextInt(i % 4 == 1 ? 80 : bad.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Files.write(file, bad);
        assertThatThrownBy(() -> engine.restore(null, file)).isInstanceOf(PunaException.class);
      }
      Files.write(file, good);
      assertThat(engine.restore(null, file)).isEqualTo(PROMPT);
    }
    try (Engine engine = Engine.open(model("llama_gqa"), options(DType.F32))) {
      assertThatThrownBy(() -> engine.restore(null, file))
          .hasMessageContaining("another type of KV cache");
    }
    try (Engine engine = Engine.open(model("llama_mha"), options(DType.F16))) {
      assertThatThrownBy(() -> engine.restore(null, file)).hasMessageContaining("another model");
    }
  }
}
