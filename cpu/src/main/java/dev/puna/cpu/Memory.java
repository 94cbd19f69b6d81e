package dev.puna.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Memory by address, for kernels only. Every kernel reads weights (mapped or copied), activations
 * and state through this one constant segment: its bounds and its lifetime are known to the
 * compiler, and a kernel never sees more than one kind of segment, which would cost it its
 * inlining.
 *
 * <p>Nothing checks an address, so everything that goes into one is checked before: shapes when a
 * program is compiled, tokens, slots and block tables when a step begins, and that the memory's
 * owners are open.
 */
final class Memory {
  private Memory() {}

  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** Allocations end in this many unused bytes, so that a whole vector may be read anywhere. */
  static final int PADDING = 64;

  private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ORDER);

  static float f32(long address) {
    return ALL.get(FLOAT, address);
  }

  static void f32(long address, float value) {
    ALL.set(FLOAT, address, value);
  }

  static short i16(long address) {
    return ALL.get(SHORT, address);
  }

  static void i16(long address, short value) {
    ALL.set(SHORT, address, value);
  }

  static int i32(long address) {
    return ALL.get(INT, address);
  }

  static void i32(long address, int value) {
    ALL.set(INT, address, value);
  }

  static long i64(long address) {
    return ALL.get(LONG, address);
  }

  static void i64(long address, long value) {
    ALL.set(LONG, address, value);
  }

  static float f16(long address) {
    return Float.float16ToFloat(ALL.get(SHORT, address));
  }

  static float bf16(long address) {
    return Float.intBitsToFloat(ALL.get(SHORT, address) << 16);
  }

  static byte i8(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  static void i8(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }
}
