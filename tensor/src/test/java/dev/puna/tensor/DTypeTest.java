package dev.puna.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DTypeTest {
  /** Bytes by hand, from the format: little-endian scale 0.5 (0x3800), then the quants. */
  @Test
  void q8BlockByHand() {
    float[] x = new float[32];
    x[0] = 63.5f; // the largest: d = 0.5
    x[1] = -63.5f;
    x[2] = 0.25f; // a tie: rounds away from zero
    x[3] = -0.25f;
    assertThat(encode(DType.Q8_0, x)).isEqualTo("0038" + "7f8101ff" + "00".repeat(28));
  }

  /** m = -4 makes d = 0.5; 0 becomes 8; 3.5 becomes 15; ties go up. */
  @Test
  void q4BlockByHand() {
    float[] x = new float[32];
    x[0] = -4;
    x[16] = 3.5f;
    x[1] = 0.25f;
    x[17] = -0.25f;
    assertThat(encode(DType.Q4_0, x)).isEqualTo("0038" + "f0" + "89" + "88".repeat(14));
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 803f",
    "-2.5, 20c0",
    "1.00390625, 803f", // halfway between two: to even
    "1.01171875, 823f",
    "3.4e38, 807f", // rounds up to infinity, as IEEE 754 says
    "NaN, c07f"
  })
  void bf16RoundsToEven(float x, String hex) {
    assertThat(encode(DType.BF16, x)).isEqualTo(hex);
  }

  @ParameterizedTest
  @EnumSource
  void decodesWhatItEncodesWithinHalfAStep(DType type) {
    Random random = new Random(7);
    float[] x = new float[1024];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(x.length)]);
    type.encode(x, 0, x.length, bytes, 0);
    float[] y = new float[x.length];
    type.decode(bytes, 0, y, 0, y.length);
    for (int b = 0; b < x.length; b += 32) {
      float largest = 0;
      for (int i = b; i < b + 32; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      // half a step, a whole one where Q4_0 clips, and the scale's own rounding to half precision
      float step =
          switch (type) {
            case F32 -> 0;
            case F16 -> largest * 0x1p-11f;
            case BF16 -> largest * 0x1p-8f;
            case Q8_0 -> largest / 127 * 0.5f + largest * 0x1p-11f;
            case Q4_0 -> largest / 8 + largest * 0x1p-11f;
          };
      for (int i = b; i < b + 32; i++) {
        assertThat(y[i]).as("%s[%d]", type, i).isCloseTo(x[i], within(step));
      }
    }
  }

  @Test
  void refusesPartialBlocksAndOverflow() {
    assertThatThrownBy(() -> DType.Q4_0.bytes(33)).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> DType.F32.bytes(Long.MAX_VALUE / 2))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void rowsAreSlices() {
    Tensor t = Tensor.of(3, 1, 2, 3, 4, 5, 6);
    assertThat(t.rows(1, 3).toArray()).containsExactly(3, 4, 5, 6);
    float[] row = new float[3];
    t.row(2, row, 1);
    assertThat(row).containsExactly(0, 5, 6);
    assertThatThrownBy(() -> new Tensor(DType.F32, 2, 2, t.data()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String encode(DType type, float... x) {
    byte[] bytes = new byte[(int) type.bytes(x.length)];
    type.encode(x, 0, x.length, MemorySegment.ofArray(bytes), 0);
    return HexFormat.of().formatHex(bytes);
  }
}
