package dev.puna.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.formats.Gguf;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SyntheticModelTest {
  private static final SyntheticShape TINY = SyntheticShape.named("tiny");
  private static final int[] PROMPT = {1, 300, 17, 401, 99, 260, 511, 3};

  @TempDir Path folder;

  /** The parameter counts that the models' authors give. */
  @ParameterizedTest
  @CsvSource({"1.1b, 1100048384", "7b, 6738415616"})
  void shapesAreThoseOfTheModels(String name, long parameters) {
    assertThat(parameters(SyntheticShape.named(name))).isEqualTo(parameters);
  }

  private static long parameters(SyntheticShape shape) {
    return shape.tensors().values().stream()
        .mapToLong(sizes -> sizes.stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  @ParameterizedTest
  @EnumSource(SyntheticType.class)
  void everyTypeOpensAndGivesOrdinaryLogits(SyntheticType type) {
    Path file = written(TINY, type);
    try (Checkpoint checkpoint = Checkpoint.open(file, null)) {
      assertThat(checkpoint.program().parameters()).isEqualTo(parameters(TINY));
      assertThat(checkpoint.spec().context()).isEqualTo(TINY.context());
      float[][] logits = Forward.of(checkpoint, PROMPT, Options.defaults(), false).logits();
      for (float[] row : logits) {
        assertThat(deviation(row)).isBetween(0.5, 20.0);
      }
    }
  }

  private static double deviation(float[] row) {
    double sum = 0;
    for (float x : row) {
      sum += (double) x * x;
    }
    return Math.sqrt(sum / row.length);
  }

  @Test
  void theSameArgumentsGiveTheSameFile() throws IOException {
    Path first = Files.move(written(TINY, SyntheticType.Q4_K_M), folder.resolve("first"));
    assertThat(first).hasSameBinaryContentAs(written(TINY, SyntheticType.Q4_K_M));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(2); // nothing unfinished is left
    }
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatThrownBy(() -> SyntheticShape.named("8b"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("1.1b, 7b");
    assertThatThrownBy(() -> SyntheticType.named("Q4"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("Q4_K_M");
  }

  /** As many layers as the 1.1B has: the mixtures depend on it. */
  @ParameterizedTest
  @EnumSource(
      value = SyntheticType.class,
      names = {"Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K_M", "Q5_K_M", "Q6_K"})
  void typesOfTensorsAreThoseThatLlamaCppPicks(SyntheticType type) {
    Path libraries = LlamaCppTest.libraries();
    SyntheticShape shape = new SyntheticShape(256, 22, 8, 1, 256, 512, 256);
    Path theirs = folder.resolve("theirs.gguf");
    LlamaCpp.quantize(libraries, written(shape, SyntheticType.F16), theirs, type.number());
    assertThat(types(written(shape, type))).isEqualTo(types(theirs));
  }

  private static Map<String, DType> types(Path file) {
    Map<String, DType> types = new LinkedHashMap<>();
    try (Gguf gguf = Gguf.open(file)) {
      gguf.tensors().forEach((name, tensor) -> types.put(name, tensor.type()));
    }
    return types;
  }

  @Test
  void llamaCppSeesTheSameModel() {
    Path libraries = LlamaCppTest.libraries();
    Path file = written(TINY, SyntheticType.F16);
    try (Checkpoint checkpoint = Checkpoint.open(file, null);
        LlamaCpp peer = LlamaCpp.open(libraries, file, 1)) {
      float[][] ours = Forward.of(checkpoint, PROMPT, Options.defaults(), false).logits();
      float[][] theirs = peer.logits(PROMPT);
      for (int t = 0; t < ours.length; t++) {
        assertThat(distance(theirs[t], ours[t])).isLessThan(0.01); // F16 keys and values
      }
      String text = "some words, of <random> letters: abc";
      assertThat(checkpoint.tokenizer().encode(text)).isEqualTo(peer.tokenize(text, false));
    }
  }

  /** What is timed is what it seems: rows of three sequences at once are those of each alone. */
  @Test
  void timedSessionComputesWhatTheModelDoes() {
    Path libraries = LlamaCppTest.libraries();
    Path file = written(TINY, SyntheticType.Q8_0);
    List<int[]> texts = List.of(PROMPT, new int[] {1, 44, 45}, new int[] {300, 300, 301, 302});
    var settings = new LlamaCppSession.Settings(1, 64, texts.size());
    try (LlamaCpp alone = LlamaCpp.open(libraries, file, 1);
        LlamaCppSession together = new LlamaCppSession(libraries, file, settings)) {
      assertThat(together.backend()).startsWith("libggml-cpu-");
      assertThat(together.vocabulary()).isEqualTo(TINY.vocabulary());
      for (int pass = 0; pass < 2; pass++) {
        for (int s = 0; s < texts.size(); s++) {
          int[] text = texts.get(s);
          for (int t = 0; t < text.length; t++) {
            together.add(text[t], t, s, t == text.length - 1);
          }
        }
        together.run();
        int place = -1;
        for (int[] text : texts) {
          place += text.length;
          float[] expected = alone.logits(text)[text.length - 1];
          assertThat(distance(together.logits(place), expected)).isLessThan(0.01);
        }
        together.forget();
      }
    }
  }

  /** |a - b| / |b|. */
  private static double distance(float[] a, float[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < b.length; i++) {
      difference += Math.pow(a[i] - b[i], 2);
      size += Math.pow(b[i], 2);
    }
    return Math.sqrt(difference / size);
  }

  private Path written(SyntheticShape shape, SyntheticType type) {
    Path file = folder.resolve(type + ".gguf");
    SyntheticModel.write(shape, type, file);
    return file;
  }
}
