package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Activation;
import dev.puna.program.Normalization;
import dev.puna.program.Value;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Assembled kernels over rows against those of the Vector API, bit for bit. */
class RowKernelTest {
  private static final int MOST = 300;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(7);
  private final long arguments = arena.allocate(256, 64).address();
  private final MemorySegment x = numbers();
  private final MemorySegment y = numbers();
  private final MemorySegment z = numbers();
  private final MemorySegment expected = numbers();
  private final MemorySegment actual = arena.allocate(4 * MOST + Memory.PADDING, 64);
  private RowKernels kernels;

  private MemorySegment numbers() {
    MemorySegment all = arena.allocate(4 * MOST + Memory.PADDING, 64);
    for (int i = 0; i < MOST; i++) {
      all.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (4 * random.nextGaussian()));
    }
    return all;
  }

  @BeforeEach
  void onlyWithKernels() {
    RowKernels best = RowKernels.best();
    Assumptions.assumeTrue(best != null, "no assembled kernels here");
    kernels = best;
    actual.copyFrom(expected); // what no kernel writes stays the same
  }

  @AfterEach
  void free() {
    arena.close();
  }

  private void assertSameBits(String what) {
    assertThat(actual.toArray(ValueLayout.JAVA_INT))
        .as(what)
        .isEqualTo(expected.toArray(ValueLayout.JAVA_INT));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GELU")
  void activations(Activation activation) {
    float[] special = {0f, -0f, 1e30f, -1e30f, 88, -88, 1e-30f, -1e-30f, Float.NaN};
    for (int i = 0; i < special.length; i++) {
      x.setAtIndex(ValueLayout.JAVA_FLOAT, 3 * i, special[i]);
    }
    for (int cols : new int[] {1, 3, 7, 8, 9, 16, 29, 64, 172, MOST}) {
      for (long up : new long[] {0, y.address()}) {
        VectorRows.activate(activation, x.address(), up, expected.address(), cols);
        kernels.activate(arguments, activation, x.address(), up, actual.address(), cols);
        assertSameBits(activation + " of " + cols + (up == 0 ? "" : " with a gate"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 12, 16, 31, 64, 288})
  void sumsProductsAndHalves(int cols) {
    VectorRows.add(x.address(), y.address(), expected.address(), cols);
    kernels.add(arguments, x.address(), y.address(), actual.address(), cols);
    assertSameBits("sum");
    VectorRows.scaled(0.37f, x.address(), expected.address(), cols);
    kernels.scale(arguments, 0.37f, x.address(), actual.address(), cols);
    assertSameBits("scale");
    for (int c = 0; c < cols; c++) {
      expected.setAtIndex(
          ValueLayout.JAVA_FLOAT,
          c,
          x.getAtIndex(ValueLayout.JAVA_FLOAT, c) * y.getAtIndex(ValueLayout.JAVA_FLOAT, c));
    }
    kernels.multiply(arguments, x.address(), y.address(), actual.address(), cols);
    assertSameBits("product");
    int whole = cols / 8 * 8;
    for (int c = 0; c < whole; c++) {
      short half = Float.floatToFloat16(x.getAtIndex(ValueLayout.JAVA_FLOAT, c));
      expected.setAtIndex(ValueLayout.JAVA_SHORT, c, half);
    }
    assertThat(kernels.halves(arguments, x.address(), actual.address(), cols)).isEqualTo(whole);
    assertSameBits("halves");
  }

  /** Blocks are those of the format's own encoder, of numbers that are none too. */
  @Test
  void encodedBlocks() {
    float[][] special = {
      {0f, -0f},
      {Float.NaN},
      {Float.NaN, 1, 2},
      {Float.POSITIVE_INFINITY, 3},
      {Float.NEGATIVE_INFINITY, Float.NaN, -1},
      {Float.MAX_VALUE, -1e38f, 3e37f},
      {1e-38f, -3e-39f, 5e-40f},
      {Float.MIN_VALUE, -Float.MIN_VALUE},
      {127, 0.5f, -0.5f, 1.5f, -2.5f, 126.5f, Math.nextDown(0.5f), Math.nextUp(-0.5f)},
      {2 * 65504f * 127, 65504f * 127, -1e6f},
      {6e-8f * 127, 3e-8f}
    };
    for (int round = 0; round < 20_000; round++) {
      float[] numbers = new float[288];
      float size = (float) Math.exp(random.nextInt(-90, 88));
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] =
            round % 2 == 0
                ? size * (float) random.nextGaussian()
                : size * (random.nextInt(509) - 254) / 2; // halves of steps
      }
      if (round < 10 * special.length) {
        float[] some = special[round / 10];
        java.util.Arrays.fill(numbers, 0, 32 * (round % 10), some[0] == 0 ? 0 : numbers[0]);
        for (int i = 0; i < some.length; i++) {
          numbers[random.nextInt(numbers.length)] = some[i];
        }
        System.arraycopy(some, 0, numbers, 64, some.length);
        java.util.Arrays.fill(numbers, 64 + some.length, 96, 0);
      }
      x.copyFrom(MemorySegment.ofArray(numbers));
      DType.Q8_0.encode(numbers, 0, numbers.length, expected, 0);
      kernels.encode(arguments, x.address(), actual.address(), numbers.length);
      assertSameBits("round " + round);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 12, 31, 32, 64, 67, 288, 299})
  void normalization(int cols) {
    for (Normalization kind :
        new Normalization[] {new Normalization.Rms(1e-5f), new Normalization.Layer(1e-5f, true)}) {
      for (int learned = 0; learned < 3; learned++) {
        long gain = learned > 0 ? y.address() : 0;
        long bias = learned > 1 ? z.address() : 0;
        Matrix none = new Matrix(new Value(0, "x", Value.Rows.TOKENS, cols), new long[1]);
        NormKernel norm = new NormKernel(kind, cols, none, gain, bias, true, none);
        norm.byVectors(x.address(), expected.address(), 0);
        norm.assembled(kernels, arguments, x.address(), actual.address(), 0);
        if (Lanes.L == 8) {
          assertSameBits(kind + " of " + cols);
        } else { // sums of other lanes
          for (int c = 0; c < cols; c++) {
            float e = expected.getAtIndex(ValueLayout.JAVA_FLOAT, c);
            assertThat(actual.getAtIndex(ValueLayout.JAVA_FLOAT, c))
                .isCloseTo(e, org.assertj.core.data.Offset.offset(1e-5f * (1 + Math.abs(e))));
          }
        }
      }
    }
  }

  @Test
  void rotations() {
    float[] cosines = new float[32];
    float[] sines = new float[32];
    MemorySegment table = arena.allocate(2 * 128, 64);
    for (int i = 0; i < 32; i++) {
      double angle = random.nextDouble() * 10;
      cosines[i] = (float) Math.cos(angle);
      sines[i] = (float) Math.sin(angle);
      table.setAtIndex(ValueLayout.JAVA_FLOAT, i, cosines[i]);
      table.setAtIndex(ValueLayout.JAVA_FLOAT, 32 + i, sines[i]);
    }
    for (boolean adjacent : new boolean[] {false, true}) {
      for (int pairs : new int[] {4, 8, 16, 24, 32}) {
        if (!RowKernels.rotates(adjacent, pairs)) {
          continue;
        }
        for (int head = 0; head < 4; head++) {
          long at = 4L * 70 * head;
          long from = x.address() + at;
          if (adjacent) {
            RopeKernel.adjacent(from, expected.address() + at, pairs, cosines, sines, 0);
          } else {
            long to = expected.address() + at;
            int done = VectorRows.rotate(from, to, pairs, cosines, sines, 0);
            RopeKernel.halves(from, to, done, pairs, cosines, sines, 0);
          }
        }
        kernels.rotate(
            arguments,
            adjacent,
            x.address(),
            actual.address(),
            table.address(),
            table.address() + 128,
            pairs,
            4,
            4 * 70);
        assertSameBits((adjacent ? "adjacent " : "halves ") + pairs);
      }
    }
  }
}
