package dev.puna.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.model.Checkpoint;
import dev.puna.model.GgufExport;
import dev.puna.model.Plan;
import dev.puna.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Puna writes, llama.cpp loads and understands in the same way. */
class LlamaCppTest {
  private static final int WINDOW = 256;
  private static final int WINDOWS = 6;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void perplexityOfTheSameFileIsTheSame(DType type) throws IOException {
    Path libraries = LlamaCpp.installed().orElse(null);
    Assumptions.assumeTrue(libraries != null, "bench/peers is not installed: skipped");
    Path source = shared("models/stories-7m");
    Path file = folder.resolve(type + ".gguf");
    String text =
        Files.readString(shared("data/tinystories/valid.txt")).replace("<|endoftext|>", "");
    double ours = 0;
    double theirs = 0;
    int[] ids;
    try (Checkpoint checkpoint = Checkpoint.open(source, null)) {
      GgufExport.write(checkpoint, file, type, Plan.stored(type), null, (name, bytes) -> {});
      ids = checkpoint.tokenizer().encode(text.substring(0, 12_000));
    }
    List<int[]> windows = new ArrayList<>();
    for (int i = 0; i < WINDOWS; i++) {
      int[] window = java.util.Arrays.copyOfRange(ids, i * WINDOW, (i + 1) * WINDOW);
      window[0] = 1;
      windows.add(window);
    }
    try (Checkpoint checkpoint = Checkpoint.open(file, null);
        LlamaCpp peer = LlamaCpp.open(libraries, file)) {
      for (int[] window : windows) {
        Forward forward = Forward.of(checkpoint, window, Options.defaults(), false);
        ours += nats(forward.logits(), window);
        theirs += nats(peer.logits(window), window);
      }
    }
    int count = WINDOWS * (WINDOW - 1);
    double ratio = Math.exp(ours / count - theirs / count);
    System.out.printf(
        "%s: perplexity %.4f, llama.cpp %.4f%n",
        type, Math.exp(ours / count), Math.exp(theirs / count));
    assertThat(ratio).isCloseTo(1, within(0.005));
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

  private static Path shared(String name) {
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
