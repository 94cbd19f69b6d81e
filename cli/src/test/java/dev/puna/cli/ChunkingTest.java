package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Reading;
import dev.puna.model.TokenPlaces;
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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A prompt read at once, in chunks, or token by token gives the same logits, bit for bit. */
class ChunkingTest {
  private static final int LENGTH = 90;

  /** Every family, on the reference a few of each kind of state and table. */
  static Stream<Arguments> models() {
    Stream<String> cpu = FixtureTest.FIXTURES.stream().map(f -> "fixtures/" + f);
    return Stream.concat(
        Stream.concat(cpu, Stream.of("bundled")).map(m -> Arguments.of("cpu", m)),
        Stream.of(
                "llama_gqa", "llama_rope_dynamic", "mamba2", "jamba", "gemma3_text", "qwen_7b_ntk")
            .map(f -> Arguments.of("reference", "fixtures/" + f)));
  }

  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource("models")
  void logitsDoNotDependOnChunks(String device, String model) {
    Path path = model.equals("bundled") ? Bundled.resolve(null) : Shared.data(model);
    try (Checkpoint checkpoint = Checkpoint.open(path, null)) {
      int[] ids = new Random(1).ints(LENGTH, 0, checkpoint.spec().vocab()).toArray();
      if (checkpoint.spec().reading() instanceof Reading.BlankFilling filling) {
        IntStream.range(0, LENGTH).forEach(i -> ids[i] %= filling.mask()); // no other blank
        ids[10] = filling.endMask();
        ids[11] = filling.start();
      }
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
        State state = backend.state(checkpoint.program().states(), kv, 8, 16, 2);
        Executable executable = backend.compile(checkpoint.program(), weights, limits);
        Step step = new Step(limits)) {
      int[] table = IntStream.of(5, 1, 7, 0, 3, 6).toArray();
      TokenPlaces places = TokenPlaces.of(checkpoint.spec().reading(), ids);
      int steps = 0;
      for (int from = 0; from < ids.length; steps++) {
        // what is read as a whole is read in one step
        int to = Math.min(ids.length, Math.max(from + chunk, places.prefix()));
        step.clear();
        step.sequence(table, table.length);
        step.readWhole(places.prefix());
        step.places(steps == 0 ? -1 : steps % 2, (steps + 1) % 2);
        for (int t = from; t < to; t++) {
          step.add(ids[t], t, ids.length, places.place(t), places.second(t), true);
        }
        executable.run(step, state);
        MemorySegment rows = executable.result(Decoder.LOGITS);
        MemorySegment.copy(
            rows, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, all, from * vocab, (to - from) * vocab);
        from = to;
      }
    }
    return all;
  }
}
