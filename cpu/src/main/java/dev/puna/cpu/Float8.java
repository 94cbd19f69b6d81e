package dev.puna.cpu;

import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Floating-point weights of 8 bits, from a table of all 256: 1 byte and a load each. */
final class Float8 {
  private Float8() {}

  private static final float[] E4M3 = table(DType.F8_E4M3);
  private static final float[] E5M2 = table(DType.F8_E5M2);

  private static float[] table(DType type) {
    byte[] codes = new byte[256];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) i;
    }
    float[] numbers = new float[codes.length];
    type.decode(MemorySegment.ofArray(codes), 0, numbers, 0, codes.length);
    return numbers;
  }

  /** Decodes {@code count} numbers of E4M3. */
  static void decodeE4M3(long from, int count, long to) {
    decode(E4M3, from, count, to);
  }

  /** Decodes {@code count} numbers of E5M2. */
  static void decodeE5M2(long from, int count, long to) {
    decode(E5M2, from, count, to);
  }

  private static void decode(float[] table, long from, int count, long to) {
    for (int c = 0; c < count; c++) {
      Memory.f32(to + 4L * c, table[Memory.i8(from + c) & 255]);
    }
  }
}
