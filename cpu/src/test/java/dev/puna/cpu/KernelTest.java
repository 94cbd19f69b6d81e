package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.program.Activation;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelTest {
  @Test
  void everyHalfPrecisionNumberIsDecodedExactly() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2 * 65536 + 64, 64);
      MemorySegment floats = arena.allocate(4 * 65536 + 64, 64);
      for (int i = 0; i < 65536; i++) {
        halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
      }
      F16.decode(halves.address(), 65536, floats.address());
      for (int i = 0; i < 65536; i++) {
        float expected = Float.float16ToFloat((short) i);
        float actual = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        assertThat(Float.floatToIntBits(actual)).isEqualTo(Float.floatToIntBits(expected));
      }
    }
  }

  /** Of random bytes, which are blocks with every bit pattern. */
  @ParameterizedTest
  @EnumSource
  void everyTypeIsDecodedAsByItsFormat(DType type) {
    int count = 4096;
    byte[] bytes = new byte[(int) type.bytes(count)];
    float[] expected = new float[count];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment blocks = arena.allocate(bytes.length + Memory.PADDING, 64);
      MemorySegment floats = arena.allocate(4L * count + Memory.PADDING, 64);
      for (int seed = 0; seed < 100; seed++) { // compiled in the end
        new Random(seed).nextBytes(bytes);
        MemorySegment.copy(bytes, 0, blocks, ValueLayout.JAVA_BYTE, 0, bytes.length);
        type.decode(blocks, 0, expected, 0, count);
        Format.of(type).decode(blocks.address(), count, floats.address());
        assertDecoded(type, expected, floats);
        if (NumberByNumber.decodes(type)) {
          floats.fill((byte) 0);
          NumberByNumber.decode(type, blocks.address(), count, floats.address());
          assertDecoded(type, expected, floats);
        }
      }
    }
  }

  private static void assertDecoded(DType type, float[] expected, MemorySegment floats) {
    for (int i = 0; i < expected.length; i++) {
      float actual = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      // equal, or both no number; 0 and -0 are equal
      if (Float.isInfinite(expected[i]) || !(actual == expected[i])) {
        assertThat(Float.isNaN(actual) || Float.isInfinite(actual))
            .as("%s[%d] %s instead of %s", type, i, actual, expected[i])
            .isEqualTo(!Float.isFinite(expected[i]));
      }
    }
  }

  @Test
  void exponentialIsPreciseAndTheSameForVectorsAndNumbers() {
    float[] x = new float[Lanes.L];
    double worst = 0;
    for (float at = -87; at < 88; at += 0.00171f) {
      java.util.Arrays.fill(x, at);
      float vector = VectorExp.exp(FloatVector.fromArray(Lanes.F, x, 0)).lane(0);
      float number = Exp.exp(at);
      assertThat(Float.floatToRawIntBits(vector)).isEqualTo(Float.floatToRawIntBits(number));
      double exact = Math.exp(at);
      worst = Math.max(worst, Math.abs(number - exact) / exact);
    }
    assertThat(worst).isLessThan(2e-7);
    assertThat(Exp.exp(0f)).isEqualTo(1);
    assertThat(Exp.exp(Float.NaN)).isNaN();
  }

  @Test
  void activationsAreThoseOfTheirDefinitions() {
    float[] lanes = new float[Lanes.L];
    for (float x = -30; x < 30; x += 0.0137f) {
      for (Activation a : Activation.values()) {
        double exact = a.apply(x);
        double bound = 1e-6 * Math.max(1e-3, Math.abs(exact));
        assertThat((double) Exp.apply(a, x)).isBetween(exact - bound, exact + bound);
      }
      java.util.Arrays.fill(lanes, x);
      FloatVector v = FloatVector.fromArray(Lanes.F, lanes, 0);
      assertThat(VectorExp.silu(v).lane(0)).isEqualTo(Exp.silu(x));
      assertThat(VectorExp.geluTanh(v).lane(0)).isEqualTo(Exp.geluTanh(x));
    }
    assertThat(Exp.silu(-1e30f)).isCloseTo(0, org.assertj.core.data.Offset.offset(1e-7f));
    assertThat(Exp.silu(1e30f)).isEqualTo(1e30f);
  }

  @Test
  void lanesAreSummedByHalves() {
    float[] x = new float[Lanes.L];
    Random random = new Random(5);
    for (int round = 0; round < 20_000; round++) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian();
      }
      float[] halves = x.clone();
      for (int n = x.length / 2; n > 0; n /= 2) {
        for (int i = 0; i < n; i++) {
          halves[i] += halves[i + n];
        }
      }
      assertThat(Lanes.sum(FloatVector.fromArray(Lanes.F, x, 0))).isEqualTo(halves[0]);
    }
  }

  @Test
  void bandwidthIsANumber() {
    assertThat(ReadBandwidth.gigabytesPerSecond(1)).isBetween(0.01, 10_000.0);
  }
}
