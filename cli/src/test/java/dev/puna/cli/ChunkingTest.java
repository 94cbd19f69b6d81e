package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A prompt read at once, in chunks, or token by token gives the same logits, bit for bit. */
class ChunkingTest {
  private static final int LENGTH = 90;

  @ParameterizedTest
  @CsvSource({
    "cpu, fixtures/llama_gqa",
    "cpu, fixtures/llama_rope_dynamic",
    "cpu, bundled",
    "reference, fixtures/llama_gqa",
    "reference, fixtures/llama_rope_dynamic"
  })
  void logitsDoNotDependOnChunks(String device, String model) {
    Path path = model.equals("bundled") ? Bundled.resolve(null) : Shared.data(model);
    try (Checkpoint checkpoint = Checkpoint.open(path, null)) {
      int[] ids = new Random(1).ints(LENGTH, 0, checkpoint.spec().vocab()).toArray();
      float[] whole = logits(device, checkpoint, ids, LENGTH, DType.F32);
      for (int chunk : new int[] {1, 7, 32, 33}) {
        assertThat(logits(device, checkpoint, ids, chunk, DType.F32))
            .as("chunks of %d", chunk)
            .isEqualTo(whole);
      }
      float[] half = logits(device, checkpoint, ids, LENGTH, DType.F16);
      assertThat(logits(device, checkpoint, ids, 9, DType.F16)).isEqualTo(half);
    }
  }

  private static float[] logits(
      String device, Checkpoint checkpoint, int[] ids, int chunk, DType kv) {
    int vocab = checkpoint.spec().vocab();
    float[] all = new float[ids.length * vocab];
    Limits limits = new Limits(LENGTH, LENGTH, 1, 8, 16);
    Backend backend =
        Backend.all().stream().filter(b -> b.name().equals(device)).findFirst().orElseThrow();
    try (backend;
        Weights weights = backend.load(checkpoint, checkpoint.program().weights());
        State state = backend.state(checkpoint.program().states(), kv, 8, 16, 1);
        Executable executable = backend.compile(checkpoint.program(), weights, limits);
        Step step = new Step(limits)) {
      int[] table = IntStream.of(5, 1, 7, 0, 3, 6).toArray();
      for (int from = 0; from < ids.length; from += chunk) {
        int to = Math.min(ids.length, from + chunk);
        step.clear();
        step.sequence(table, table.length);
        for (int t = from; t < to; t++) {
          step.add(ids[t], t, ids.length, true);
        }
        executable.run(step, state);
        MemorySegment rows = executable.result(Decoder.LOGITS);
        MemorySegment.copy(
            rows, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, all, from * vocab, (to - from) * vocab);
      }
    }
    return all;
  }
}
