package dev.puna.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What llama.cpp makes of the same rows, bit for bit: plain ones and hostile ones (all zero, one
 * outlier, constant, subnormal, huge, ties). {@code src/test/golden/blocks.c} made the file and
 * says what is in it.
 */
class GoldenBlocksTest {
  private final ByteBuffer golden = golden();
  private final int rows = golden.getInt();
  private final int cols = golden.getInt();

  private static ByteBuffer golden() {
    try (InputStream in = GoldenBlocksTest.class.getResourceAsStream("blocks.bin")) {
      return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void encodesAndDecodesLikeLlamaCpp() {
    float[][] numbers = new float[rows][];
    for (int r = 0; r < rows; r++) {
      numbers[r] = floats();
    }
    float[] importance = floats();
    Set<DType> seen = EnumSet.noneOf(DType.class);
    for (int types = golden.getInt(); types > 0; types--) {
      DType type = DType.valueOf(new String(bytes(8), StandardCharsets.US_ASCII).trim());
      seen.add(type);
      int rowBytes = golden.getInt();
      assertThat(type.bytes(cols)).as(type.name()).isEqualTo(rowBytes);
      boolean weighted = golden.getInt() != 0;
      for (int r = 0; r < rows; r++) {
        String where = type + ", row " + r;
        byte[] plain = bytes(rowBytes);
        assertThat(encode(type, numbers[r], null)).as(where).isEqualTo(hex(plain));
        assertThat(hashDecoded(type, plain)).as(where).isEqualTo(golden.getLong());
        String expected = hex(weighted ? bytes(rowBytes) : plain);
        assertThat(encode(type, numbers[r], importance)).as(where).isEqualTo(expected);
      }
    }
    assertThat(golden.hasRemaining()).isFalse();
    assertThat(EnumSet.complementOf(EnumSet.copyOf(seen)))
        .containsExactlyInAnyOrder(
            DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2, DType.AFFINE4);
  }

  private float[] floats() {
    float[] numbers = new float[cols];
    golden.asFloatBuffer().get(numbers);
    golden.position(golden.position() + 4 * cols);
    return numbers;
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    golden.get(bytes);
    return bytes;
  }

  /** In the middle of a larger array, as rows of a matrix are. */
  private static String encode(DType type, float[] row, float[] importance) {
    float[] padded = new float[row.length + 7];
    System.arraycopy(row, 0, padded, 5, row.length);
    int bytes = (int) type.bytes(row.length);
    byte[] target = new byte[bytes + 3];
    type.encode(padded, 5, row.length, importance, MemorySegment.ofArray(target), 3);
    return hex(java.util.Arrays.copyOfRange(target, 3, target.length));
  }

  private long hashDecoded(DType type, byte[] row) {
    float[] decoded = new float[cols + 2];
    type.decode(MemorySegment.ofArray(row), 0, decoded, 2, cols);
    long hash = 0xcbf29ce484222325L;
    for (int i = 2; i < decoded.length; i++) {
      int bits = Float.floatToRawIntBits(decoded[i]);
      hash = (hash ^ Integer.toUnsignedLong(bits)) * 0x100000001b3L;
    }
    return hash;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
