package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Activation;
import dev.puna.program.Normalization;
import dev.puna.program.Value;
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
