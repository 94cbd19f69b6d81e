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
import dev.puna.model.GgufFileType;
import dev.puna.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Puna writes, llama.cpp loads and understands in the same way. */
class LlamaCppTest {
  private static final int WINDOW = 256;
  private static final int WINDOWS = 4;

  @TempDir Path folder;

  /** All but Q8_K, which llama.cpp reads but cannot multiply with. */
  static List<DType> types() {
    return GgufFileType.all().stream().filter(type -> type != DType.Q8_K).toList();
  }

  @ParameterizedTest
  @MethodSource("types")
  void perplexityOfTheSameFileIsTheSame(DType type) {
    Path libraries = libraries();
    Path file = written("models/stories-7m", type);
    compare(libraries, file);
  }

  /** Q4_0, Q8_0, Q4_K_M and Q6_K as llama.cpp itself writes them, mixtures of types and all. */
  @ParameterizedTest
  @ValueSource(ints = {2, 7, 15, 18})
  void whatItWritesWeLoad(int fileType) {
    Path libraries = libraries();
    Path file = folder.resolve("theirs.gguf");
    LlamaCpp.quantize(libraries, written("models/stories-7m", DType.F32), file, fileType);
    compare(libraries, file);
  }

  /**
   * Without quantized activations in the way, the likeliest tokens are the same, up to the first
   * one that is not clear: llama.cpp keeps keys and values in F16, which moves logits of random
   * models by up to 0.005.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/stories-7m",
        "fixtures/llama_gqa",
        "fixtures/llama_mha",
        "fixtures/llama_bias",
        "fixtures/llama_tied",
        "fixtures/llama_rope_llama3",
        "fixtures/llama_rope_yarn"
      })
  void greedyTokensAreTheSame(String model) {
    Path libraries = libraries();
    Path file = written(model, DType.F32);
    int[] prompt = {1, 65, 84, 97, 7, 30};
    try (Engine engine = Engine.open(file, Options.defaults().context(64));
        LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
      Request request = new Request(prompt, Sampling.greedy(), new Stop(24, List.of(), true));
      List<Integer> tokens = engine.submit(request).await().tokens();
      int clear = clear(file, prompt, tokens);
      assertThat(clear).isGreaterThanOrEqualTo(6);
      assertThat(peer.greedy(prompt, clear)).isEqualTo(tokens.subList(0, clear));
    }
  }

  /** How many tokens go by until one is likelier than the next by less than 0.01. */
  static int clear(Path file, int[] prompt, List<Integer> tokens) {
    int[] all = Arrays.copyOf(prompt, prompt.length + tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      all[prompt.length + i] = tokens.get(i);
    }
    try (Checkpoint checkpoint = Checkpoint.open(file, null)) {
      float[][] logits = Forward.of(checkpoint, all, Options.defaults(), false).logits();
      for (int i = 0; i < tokens.size(); i++) {
        float[] sorted = logits[prompt.length - 1 + i].clone();
        Arrays.sort(sorted);
        if (sorted[sorted.length - 1] - sorted[sorted.length - 2] < 0.01f) {
          return i;
        }
      }
    }
    return tokens.size();
  }

  static Path libraries() {
    Path libraries = LlamaCpp.installed().orElse(null);
    Assumptions.assumeTrue(libraries != null, "bench/peers is not installed: skipped");
    return libraries;
  }

  private Path written(String model, DType type) {
    Path file = folder.resolve(type + ".gguf");
    try (Checkpoint checkpoint = Checkpoint.open(shared(model), null)) {
      GgufExport.write(checkpoint, file, type, GgufExport.stored(type), null, (name, bytes) -> {});
    }
    return file;
  }

  private static void compare(Path libraries, Path file) {
    double ours = 0;
    double theirs = 0;
    try (Checkpoint checkpoint = Checkpoint.open(file, null);
        LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
      int[] ids = checkpoint.tokenizer().encode(text());
      for (int i = 0; i < WINDOWS; i++) {
        int[] window = Arrays.copyOfRange(ids, i * WINDOW, (i + 1) * WINDOW);
        window[0] = 1;
        Forward forward = Forward.of(checkpoint, window, Options.defaults(), false);
        ours += nats(forward.logits(), window);
        theirs += nats(peer.logits(window), window);
      }
    }
    int count = WINDOWS * (WINDOW - 1);
    assertThat(Math.exp(ours / count - theirs / count))
        .as("perplexity %.4f, llama.cpp %.4f", Math.exp(ours / count), Math.exp(theirs / count))
        .isCloseTo(1, within(0.005));
  }

  private static String text() {
    try {
      String all = Files.readString(shared("data/tinystories/valid.txt"));
      return all.replace("<|endoftext|>", "").substring(0, 8_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Minus the sum of the logarithms of the probabilities of all tokens but the first. */
  private static double nats(float[][] logits, int[] ids) {
    double sum = 0;
    for (int t = 0; t + 1 < ids.length; t++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (float x : logits[t]) {
        largest = Math.max(largest, x);
      }
      double total = 0;
      for (float x : logits[t]) {
        total += Math.exp(x - largest);
      }
      sum += largest + Math.log(total) - logits[t][ids[t + 1]];
    }
    return sum;
  }

  static Path shared(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared").resolve(name);
      if (Files.exists(found)) {
        return found;
      }
    }
    Assumptions.abort("no shared/" + name + ": skipped");
    throw new AssertionError();
  }
}
