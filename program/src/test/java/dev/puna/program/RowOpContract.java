package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ops on single rows, beside those of {@link OpContract}; what every backend must compute. */
public abstract class RowOpContract extends Contract {
  private static final int LONGEST = 80;
  private static final RopeScaling NONE = new RopeScaling.None();

  @ParameterizedTest
  @ValueSource(ints = {1, 13, 64})
  void embeddingsByPlaceAndSegment(int cols) {
    agrees(
        DType.F16,
        r -> {
          Value x = r.embed("x", r.weight("table", VOCABULARY, cols));
          Value p = r.embed("p", r.weight("table.places", LONGEST, cols), Op.By.PLACE);
          Value s = r.embed("s", r.weight("table.segments", 3, cols), Op.By.SEGMENT);
          return r.plus("y", r.plus("xp", x, p), s);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6, 26, 64})
  void sinusoid(int width) {
    agrees(
        DType.F32,
        r -> {
          Value x = r.embed("x", r.weight("table", VOCABULARY, width));
          return r.plus("y", x, r.sinusoid("p", width));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64})
  void normsWithoutGainsAndWithEachColumnsOwn(int width) {
    for (Normalization kind :
        List.of(new Normalization.PlainRms(1e-5f), new Normalization.PlainLayer(1e-5f))) {
      agreesOn(DType.F32, width, (r, x) -> r.norm("y", x, kind, width));
      agreesOn(DType.F32, 3 * width, (r, x) -> r.norm("y", x, kind, width));
      conditioned(
          r -> {
            Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
            return r.norm("y", r.linear("q", x, 7 * width, false), kind, width);
          });
    }
    for (Normalization kind :
        List.of(new Normalization.Rms(1e-5f), new Normalization.Layer(1e-5f, true))) {
      agreesOn(DType.F32, 5 * width, (r, x) -> r.norm("y", x, kind, width, 5 * width));
      conditioned(
          r -> {
            Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
            Value q = r.linear("q", x, 7 * width, false);
            return r.norm("y", q, kind, width, 7 * width);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64, 259})
  void lowRankUpdates(int cols) {
    Weight w = new Weight("w", 17, cols);
    Weight a = new Weight("a", 3, cols);
    Weight b = new Weight("b", 17, 3);
    for (Weight magnitude : new Weight[] {null, Weight.vector("magnitude", 17)}) {
      Updates updates = new Updates.Every(List.of(new LowRank(a, b, 0.5f, magnitude)));
      Recorder r = new Recorder(0, weight -> weight.equals(w) ? updates : Updates.NONE);
      Value x = r.embed("x", r.weight("table", VOCABULARY, cols));
      agrees(DType.F32, r.program(r.linear("y", x, w, true)));
    }
  }

  /**
   * A program cut in two computes what it computes as one, to the bit, on the backend's numbers.
   */
  @Test
  void partsOfAProgramAreTheWhole() {
    Program whole = llamaLike(2);
    Value between = whole.value("blk.1.ffn_add");
    try (Pair pair = new Pair(whole, DType.Q8_0, DType.F32);
        Pair front = pair.on(whole.until(between), DType.Q8_0);
        Pair back = pair.on(whole.after(between), DType.Q8_0)) {
      for (int rows : new int[] {1, 7, 30}) {
        Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
        Batches.Sequence sequence = batches.sequence(rows, VOCABULARY, random);
        pair.step(step -> sequence.add(step, rows, true));
        front.executable.run(pair.step, pair.state);
        float[] given = front.executable.result(between.name()).toArray(ValueLayout.JAVA_FLOAT);
        assertThat(given).hasSize(rows * 64);
        back.executable.give(between.name(), given);
        back.executable.run(pair.step, pair.state);
        assertThat(back.tested()).isEqualTo(pair.tested());
        back.expected.give(between.name(), given);
        back.expected.run(pair.step, pair.referenceState);
        back.compare();
      }
    }
  }

  @Test
  void partsReadNothingFromBeforeThem() {
    Program whole = llamaLike(1);
    assertThatThrownBy(() -> whole.after(whole.value("blk.0.attn_norm")))
        .hasMessageContaining("blk.0.attn_add reads more than blk.0.attn_norm");
    assertThatThrownBy(() -> whole.value("blk.9.attn_norm")).hasMessageContaining("no value");
    assertThat(whole.until(whole.value("x")).ops()).hasSize(1);
  }

  /** Heads, and columns of a head's input and output. */
  @ParameterizedTest
  @CsvSource({"1,13,5", "3,5,7", "4,64,17", "5,96,64", "2,288,1", "3,1,16"})
  void headLinear(int heads, int in, int out) {
    for (DType type : List.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0)) {
      agreesOn(type, heads * in, (r, x) -> r.headLinear("y", x, heads, out));
      agreesOn(
          type,
          32,
          (r, x) ->
              r.activate(
                  "y",
                  r.headLinear("h", r.linear("q", x, heads * in, false), heads, out),
                  Activation.RELU));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void headLinearOfEachType(DType type) {
    int in = type.blockSize() > 32 ? type.blockSize() : 96;
    agreesOn(type, 3 * in, (r, x) -> r.headLinear("y", x, 3, 17));
  }

  /** Columns that turn, the first of them, columns of a head. */
  @ParameterizedTest
  @CsvSource({"2,3,5", "6,7,13", "32,32,64", "64,128,192", "4,0,4"})
  void ropeFromAColumnOnByEitherPlace(int size, int from, int headSize) {
    for (Rotation.Pairing pairing : Rotation.Pairing.values()) {
      for (Rotation.Axis axis : Rotation.Axis.values()) {
        Rotation rotation = new Rotation(10000, size, pairing, NONE, from, axis);
        agreesOn(DType.F32, 3 * headSize, (r, x) -> r.rope("y", x, rotation, headSize));
        agreesOn(
            DType.F32,
            32,
            (r, x) -> r.rope("y", r.linear("q", x, 5 * headSize, false), rotation, headSize));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64, 259})
  void elementwise(int cols) {
    agreesOn(DType.F32, cols, (r, x) -> r.scale("y", x, 0.37f));
    agreesOn(DType.F32, cols, (r, x) -> r.scale("y", r.linear("z", x, cols, true), -12));
    agreesOn(DType.F32, cols, (r, x) -> r.clamp("y", r.scale("z", x, 3), 1.25f));
    agreesOn(DType.F32, cols, (r, x) -> r.clamp("y", r.linear("z", x, cols, true), 0.5f));
    for (float by : new float[] {0.001f, 0.3f, 1, 40}) {
      agreesOn(DType.F32, cols, (r, x) -> r.softCap("y", r.scale("z", x, by), 1.5f));
    }
    agreesOn(DType.F32, cols, (r, x) -> r.softCap("y", r.linear("z", x, 3 * cols, true), 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 13, 64, 259})
  void gateRows(int cols) {
    agreesOn(DType.F32, cols, (r, x) -> r.gateRows("y", x, r.linear("g", x, 1, true)));
    agreesOn(
        DType.F32,
        cols,
        (r, x) -> {
          Value z = r.linear("z", x, 3 * cols, false);
          return r.gateRows("y", z, r.linear("g", x, 1, true));
        });
    agreesOn(
        DType.F32,
        32,
        (r, x) -> {
          Value gate = r.embed("g", r.weight("table.g", VOCABULARY, 1));
          return r.gateRows("y", r.linear("z", x, cols, false), gate);
        });
  }

  /** Heads, columns of a head, the first one taken, how many. */
  @ParameterizedTest
  @CsvSource({"1,1,0,1", "1,64,16,48", "3,13,5,7", "4,192,128,64", "2,32,0,31"})
  void sliceAndJoin(int heads, int size, int from, int width) {
    agreesOn(DType.F32, heads * size, (r, x) -> r.slice("y", x, heads, from, width));
    agreesOn(
        DType.F32,
        32,
        (r, x) -> r.slice("y", r.linear("z", x, heads * size, false), heads, from, width));
    agreesOn(
        DType.F32,
        heads * size,
        (r, x) -> {
          Value part = r.slice("part", x, heads, from, width);
          return r.join("y", x, part, heads, heads);
        });
    agreesOn(
        DType.F32,
        32,
        (r, x) -> {
          Value a = r.linear("a", x, heads * size, false);
          Value shared = r.linear("b", x, width, false);
          return r.linear("y", r.join("j", a, shared, heads, 1), 19, false);
        });
  }

  @Test
  void slicesOfRowsThatAreWanted() {
    mixed(
        program(
            r -> {
              Value x = r.selectRows("s", r.embed("x", r.weight("table", VOCABULARY, 96)));
              return r.softCap("y", r.linear("z", r.slice("h", x, 32, 64), 59, false), 3);
            }),
        DType.F32,
        DType.F32);
  }
}
