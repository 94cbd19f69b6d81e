package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.formats.Safetensors;
import dev.puna.formats.SafetensorsWriter;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TorchWriter;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fixture's weights, to be written in another container: the logits stay those that another
 * implementation computed, or, where the numbers are rounded on the way, those of the rounded
 * numbers in single precision.
 */
abstract class ContainerCase {
  static final int[] IDS = {1, 7, 200, 33, 5, 90};

  @TempDir Path folder;

  Path source;
  Safetensors fixture;

  @BeforeEach
  void openFixture() {
    use("llama_gqa");
  }

  void use(String name) {
    closeFixture();
    source = Shared.data("fixtures/" + name);
    fixture = Safetensors.open(source);
  }

  @AfterEach
  void closeFixture() {
    if (fixture != null) {
      fixture.close();
    }
  }

  void copyConfig(Path to) throws IOException {
    Files.copy(source.resolve("config.json"), to.resolve("config.json"));
  }

  static float[][] logits(Path model, int[] ids, String device) {
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      return Forward.of(checkpoint, ids, Options.defaults().device(device), false).logits();
    }
  }

  static void close(float[][] actual, float[][] expected, float tolerance) {
    assertThat(actual).hasDimensions(expected.length, expected[0].length);
    for (int t = 0; t < actual.length; t++) {
      for (int v = 0; v < actual[t].length; v++) {
        assertThat(actual[t][v]).as("[%d, %d]", t, v).isCloseTo(expected[t][v], within(tolerance));
      }
    }
  }

  /** The logits are those of the fixture's other implementation. */
  void asTheFixture(Path model) {
    JsonNode prompt = Shared.json(source.resolve("reference.json")).get("prompts").get(2);
    int[] ids = Shared.ints(prompt.get("input_ids"));
    try (Safetensors reference = Safetensors.open(source.resolve("reference.safetensors"))) {
      Tensor stored = reference.tensors().get("logits.2").matrix();
      float[][] expected = new float[ids.length][(int) stored.cols()];
      for (int t = 0; t < ids.length; t++) {
        stored.row(t, expected[t], 0);
      }
      close(logits(model, ids, "reference"), expected, 3e-5f);
      close(logits(model, ids, "cpu"), expected, 1e-4f);
    }
  }

  /** The logits are those of these weights in single precision. */
  void as(Path model, SequencedMap<String, StoredTensor> weights) throws IOException {
    Path plain = Files.createDirectory(folder.resolve("plain"));
    copyConfig(plain);
    SequencedMap<String, StoredTensor> all = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> all.put(name, TorchWriter.as(DType.F32, tensor)));
    SafetensorsWriter.write(
        plain,
        all.values().stream()
            .map(t -> new SafetensorsWriter.Entry(t.name(), t.type(), t.shape()))
            .toList(),
        50_000, // several shards
        entry -> all.get(entry.name()).data());
    float[][] expected = logits(plain, IDS, "reference");
    close(logits(model, IDS, "reference"), expected, 3e-5f);
    close(logits(model, IDS, "cpu"), expected, 1e-4f);
  }

  static StoredTensor f32(String name, List<Long> shape, float[] numbers) {
    MemorySegment data = Arena.ofAuto().allocate(4L * numbers.length, 64);
    DType.F32.encode(numbers, 0, numbers.length, data, 0);
    return new StoredTensor(name, DType.F32, shape, data);
  }
}
