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

  /** PyTorch's conversions: ties to even, subnormal numbers, what is too large. */
  @ParameterizedTest
  @CsvSource({
    "1.0, 38, 3c",
    "-0.0, 80, 80",
    "1.0625, 38, 3c", // halfway between two in E4M3
    "1.1875, 3a, 3d",
    "448, 7e, 5f",
    "464, 7e, 5f", // halfway to what E4M3 does not have
    "465, 7f, 5f",
    "0.001953125, 01, 18", // 2^-9, the smallest in E4M3
    "0.0009765625, 00, 14", // half of it
    "57344, 7f, 7b",
    "61440, 7f, 7c",
    "-1e9, ff, fc",
    "1.52587890625e-5, 00, 01",
    "NaN, 7f, 7f"
  })
  void eightBitFloats(float x, String e4m3, String e5m2) {
    assertThat(encode(DType.F8_E4M3, x)).isEqualTo(e4m3);
    assertThat(encode(DType.F8_E5M2, x)).isEqualTo(e5m2);
  }

  /** E5M2 is the upper half of half precision; E4M3 by its definition. */
  @Test
  void everyEightBitFloatIsDecoded() {
    byte[] codes = new byte[256];
    for (int i = 0; i < 256; i++) {
      codes[i] = (byte) i;
    }
    float[] e4m3 = new float[256];
    float[] e5m2 = new float[256];
    DType.F8_E4M3.decode(MemorySegment.ofArray(codes), 0, e4m3, 0, 256);
    DType.F8_E5M2.decode(MemorySegment.ofArray(codes), 0, e5m2, 0, 256);
    for (int i = 0; i < 256; i++) {
      assertThat(Float.compare(e5m2[i], Float.float16ToFloat((short) (i << 8)))).isZero();
      int exponent = i >> 3 & 15;
      double magnitude =
          exponent == 0 ? (i & 7) * 0x1p-9 : (1 + (i & 7) / 8.0) * Math.pow(2, exponent - 7);
      double expected = (i & 127) == 127 ? Double.NaN : i < 128 ? magnitude : -magnitude;
      assertThat(Double.compare(e4m3[i], expected)).isZero();
    }
  }

  /** GPTQ and AWQ: scale·(q - zero), with a zero as large as 16 and beyond. */
  @Test
  void affineBlockByHand() {
    byte[] block = HexFormat.of().parseHex("0000003f" + "10" + "f0" + "21" + "00".repeat(14));
    float[] x = new float[32];
    DType.AFFINE4.decode(MemorySegment.ofArray(block), 0, x, 0, 32);
    assertThat(new float[] {x[0], x[16], x[1], x[17]}).containsExactly(-8, -0.5f, -7.5f, -7);
    byte[] again = new byte[21];
    DType.AFFINE4.encode(new float[32], 0, 32, MemorySegment.ofArray(again), 0);
    assertThat(again).containsOnly(0);
  }

  /** A step's width or the relative precision, as a part of the largest number of a block. */
  private static double step(DType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case F8_E4M3 -> 0x1p-4;
      case F8_E5M2 -> 0x1p-3;
      case Q8_0, Q8_K -> 0.6 / 127;
      case Q6_K -> 1.5 / 32;
      case Q5_0, Q5_1, Q5_K -> 1.1 / 16;
      case Q4_0, Q4_1, Q4_K, AFFINE4 -> 1.1 / 8;
      case IQ4_NL, IQ4_XS -> 1.5 * 24 / 127;
      case MXFP4 -> 2.0 / 8;
      case Q3_K -> 1.5 / 4;
      case Q2_K -> 1.5 / 2;
    };
  }

  @ParameterizedTest
  @EnumSource
  void decodesWhatItEncodesWithinAStep(DType type) {
    Random random = new Random(7);
    float[] x = new float[1024];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) type.bytes(x.length)]);
    type.encode(x, 0, x.length, bytes, 0);
    float[] y = new float[x.length];
    type.decode(bytes, 0, y, 0, y.length);
    int block = Math.max(32, type.blockSize());
    for (int b = 0; b < x.length; b += block) {
      float largest = 0;
      for (int i = b; i < b + block; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      for (int i = b; i < b + block; i++) {
        float tolerance = (float) (largest * step(type));
        assertThat(y[i]).as("%s[%d]", type, i).isCloseTo(x[i], within(tolerance));
      }
    }
  }

  @Test
  void importanceIsOfTheRow() {
    MemorySegment target = MemorySegment.ofArray(new byte[36]);
    assertThatThrownBy(() -> DType.Q4_0.encode(new float[64], 0, 64, new float[32], target, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("importance of 32 columns for a row of 64");
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
