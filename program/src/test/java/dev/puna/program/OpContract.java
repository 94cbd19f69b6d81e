package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every backend must compute: each op agrees with the reference interpreter on odd shapes,
 * data types, batches and chunkings. Extended by each backend's tests.
 */
public abstract class OpContract extends Contract {
  @ParameterizedTest
  @EnumSource(DType.class)
  void embed(DType type) {
    for (int cols : cols(type)) {
      agrees(type, r -> r.embed("y", r.weight("table", VOCABULARY, cols)));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void linear(DType type) {
    for (int cols : cols(type)) {
      // one output, the sum of so many numbers, may be nearly zero by chance
      for (int out : cols < 512 ? new int[] {1, 5, 17, 64, 259} : new int[] {5, 64}) {
        agreesOn(type, cols, (r, x) -> r.linear("y", x, out, out % 2 == 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void longLinear(DType type) {
    // more than one stretch of a blocked product
    int cols = type == DType.F32 ? 1111 : type.divides(1120) ? 1120 : 1280;
    agreesOn(type, cols, (r, x) -> r.linear("y", x, 70, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64, 259})
  void norm(int width) {
    for (Normalization kind :
        List.of(
            new Normalization.Rms(1e-5f),
            new Normalization.Layer(1e-5f, true),
            new Normalization.Layer(1e-6f, false))) {
      agreesOn(DType.F32, width, (r, x) -> r.norm("y", x, kind, width));
      agreesOn(DType.F32, 3 * width, (r, x) -> r.norm("y", x, kind, width));
      // Divided by columns, as a head norm is after its projection.
      conditioned(
          r -> {
            Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
            return r.norm("y", r.linear("q", x, 7 * width, false), kind, width);
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"2,2", "4,5", "6,13", "64,64", "32,64", "128,128", "80,96"})
  void rope(int size, int headSize) {
    for (Rotation.Pairing pairing : Rotation.Pairing.values()) {
      for (RopeScaling scaling :
          List.of(
              new RopeScaling.None(),
              new RopeScaling.Dynamic(2, 16),
              new RopeScaling.Yarn(4, 32, 1, 64, true, 1.2))) {
        if (size == 2 && scaling instanceof RopeScaling.Dynamic) {
          continue; // its exponent is size / (size - 2)
        }
        Rotation rotation = new Rotation(10000, size, pairing, scaling);
        agreesOn(DType.F32, 3 * headSize, (r, x) -> r.rope("y", x, rotation, headSize));
        agreesOn(
            DType.F32,
            32,
            (r, x) -> r.rope("y", r.linear("q", x, 5 * headSize, false), rotation, headSize));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activations(Activation activation) {
    for (int cols : new int[] {1, 3, 13, 64, 259}) {
      agreesOn(DType.F32, cols, (r, x) -> r.activate("y", x, activation));
      agreesOn(
          DType.F32,
          cols,
          (r, x) -> {
            Value gate = r.linear("gate", x, 3 * cols, false);
            return r.glu("y", gate, r.linear("up", x, 3 * cols, false), activation);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64, 259})
  void add(int cols) {
    agreesOn(DType.F32, cols, (r, x) -> r.plus("y", x, x));
    agreesOn(DType.F32, cols, (r, x) -> r.plus("y", x, r.linear("z", x, cols, false)));
  }

  /** Heads, keys' and values' columns, window (0: all), for each type of cache. */
  @ParameterizedTest
  @CsvSource({
    "1,1,1,1,0",
    "4,4,8,8,0",
    "4,2,5,5,0",
    "6,1,16,16,0",
    "4,2,64,64,0",
    "2,1,128,128,7",
    "3,3,13,13,1",
    "4,2,6,9,5",
    "2,2,80,80,0"
  })
  void attend(int query, int kv, int size, int valueSize, int window) {
    Heads heads = new Heads(query, kv, size, valueSize, (float) (1 / Math.sqrt(size)));
    Mask mask = window == 0 ? new Mask.Causal() : new Mask.Sliding(window);
    Program whole =
        program(
            r -> {
              Value q = r.embed("q", r.weight("table.q", VOCABULARY, query * size));
              Value k = r.embed("k", r.weight("table.k", VOCABULARY, kv * size));
              Value v = r.embed("v", r.weight("table.v", VOCABULARY, kv * valueSize));
              return r.attend("y", q, k, v, heads, mask);
            });
    Program projected =
        program(
            r -> {
              Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
              Value q = r.linear("q", x, query * size, true);
              Value k = r.linear("k", x, kv * size, true);
              Value v = r.embed("v", r.weight("table.v", VOCABULARY, kv * valueSize));
              return r.activate("y", r.attend("a", q, k, v, heads, mask), Activation.SILU);
            });
    for (DType cache : List.of(DType.F32, DType.F16)) {
      mixed(whole, DType.F32, cache);
      mixed(projected, DType.F32, cache);
    }
  }

  @ParameterizedTest
  @MethodSource("narrow")
  void llama(DType type) {
    mixed(llamaLike(2), type, DType.F32);
    mixed(llamaLike(2), type, DType.F16);
  }

  @Test
  void selectRows() {
    for (int wanted = 0; wanted <= 12; wanted++) {
      Program program =
          program(
              r -> {
                Value x = r.embed("x", r.weight("table", VOCABULARY, 13));
                return r.linear("y", r.selectRows("last", x), 59, false);
              });
      try (Pair pair = new Pair(program, DType.F32, DType.F32)) {
        int outputs = wanted;
        pair.step(
            step -> {
              step.sequence(new int[] {3, 1, 2}, 3);
              for (int i = 0; i < 12; i++) {
                step.add(i, i, 12, i >= 12 - outputs);
              }
            });
        pair.compare();
      }
    }
  }

  @Test
  void traceShowsWhatRunComputes() {
    Program program = llamaLike(2);
    try (Pair pair = new Pair(program, DType.Q8_0, DType.F32)) {
      for (int rows : new int[] {1, 7, 30}) {
        Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
        pair.step(step -> batches.sequence(rows, VOCABULARY, random).add(step, rows, true));
        float[] run = pair.tested();
        List<String> seen = new ArrayList<>();
        pair.executable.trace(
            pair.step,
            pair.state,
            (value, count, data) -> {
              seen.add(value.name());
              assertThat(data.byteSize()).isEqualTo(4L * count * value.cols());
              if (value.name().equals("y")) {
                assertThat(data.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(run);
              }
            });
        assertThat(seen).isEqualTo(program.ops().stream().map(op -> op.out().name()).toList());
        assertThat(pair.tested()).isEqualTo(run);
      }
    }
  }

  @Test
  void chunkedPrefillIsTheWholePrompt() {
    Program program = llamaLike(2);
    for (int chunk : new int[] {1, 3, 8, 9, 16}) {
      Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
      int[] tokens = random.ints(33, 0, VOCABULARY).toArray();
      try (Pair whole = new Pair(program, DType.F32, DType.F32);
          Pair chunks = new Pair(program, DType.F32, DType.F32)) {
        whole.step(step -> batches.sequence(tokens).add(step, tokens.length, true));
        float[] expected = whole.expected();
        int cols = expected.length / tokens.length;
        Batches.Sequence sequence = batches.sequence(tokens);
        while (sequence.left() > 0) {
          int from = sequence.done();
          int count = Math.min(chunk, sequence.left());
          chunks.step(step -> sequence.add(step, count, true));
          float[] part = new float[count * cols];
          System.arraycopy(expected, from * cols, part, 0, part.length);
          assertClose(chunks.tested(), part, TOLERANCE);
        }
      }
    }
  }

  @Test
  void copiedBlocksContinueOnTheirOwn() {
    Program program = llamaLike(1);
    try (Pair pair = new Pair(program, DType.F32, DType.F16)) {
      pair.step(
          step -> {
            step.sequence(new int[] {5}, 1);
            step.add(1, 0, 3, true);
            step.add(2, 1, 3, true);
          });
      pair.state.copyBlock(5, 7);
      pair.referenceState.copyBlock(5, 7);
      pair.step(
          step -> {
            step.sequence(new int[] {5}, 1);
            step.add(3, 2, 3, true);
            step.sequence(new int[] {7}, 1);
            step.add(4, 2, 3, true);
          });
      pair.compare();
    }
  }
}
