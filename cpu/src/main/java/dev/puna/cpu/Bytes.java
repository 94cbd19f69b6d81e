package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sixteen small integers at once, from the bits of packed bytes to scaled single precision: what
 * decoding a quantized type comes down to. Vectors of 16 bytes, whatever the machine's width.
 */
final class Bytes {
  private Bytes() {}

  static final int COUNT = 16;
  private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;

  /** The byte of two in which a bit is, and the bit. */
  private static final ByteVector WHICH = of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);

  private static final ByteVector BIT =
      of(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);

  static ByteVector of(int... values) {
    byte[] bytes = new byte[COUNT];
    for (int i = 0; i < COUNT; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteVector.fromArray(B, bytes, 0);
  }

  static ByteVector load(long address) {
    return ByteVector.fromMemorySegment(B, Memory.ALL, address, Memory.ORDER);
  }

  /** The bits of {@code mask} in each byte, after a shift to the right. */
  static ByteVector field(ByteVector bytes, int shift, int mask) {
    return bytes
        .reinterpretAsShorts() // there is no shift of bytes; what comes from the next is masked
        .lanewise(VectorOperators.LSHR, shift)
        .reinterpretAsBytes()
        .and((byte) mask);
  }

  /** Adds higher bits: {@code q + 2^shift·bits}. */
  static ByteVector join(ByteVector q, ByteVector bits, int shift) {
    ByteVector raised =
        bits.reinterpretAsShorts().lanewise(VectorOperators.LSHL, shift).reinterpretAsBytes();
    return q.or(raised);
  }

  /** Adds 16 where one of the lowest 16 bits is set, the first lane's lowest. */
  static ByteVector fifth(ByteVector q, int bits) {
    ByteVector both =
        ShortVector.broadcast(ShortVector.SPECIES_128, (short) bits).reinterpretAsBytes();
    ByteVector set = WHICH.selectFrom(both).and(BIT);
    return q.blend(q.or((byte) 16), set.compare(VectorOperators.EQ, BIT));
  }

  /** Writes 16 numbers q·d + m, each rounded once. */
  static void store(ByteVector q, float d, float m, long to) {
    if (Lanes.TWO_PARTS) {
      long last = lay(q, to);
      for (int i = 0; i < COUNT; i++) {
        Memory.f32(to + 4 * i, Math.fma(Memory.i8(last + i), d, m));
      }
      return;
    }
    FloatVector scale = Lanes.all(d);
    FloatVector offset = Lanes.all(m);
    Lanes.store(first(q).fma(scale, offset), to);
    if (L < COUNT) {
      Lanes.store(second(q).fma(scale, offset), to + 4L * L);
    }
  }

  /** Writes 16 numbers (q - zero)·d, each rounded once. */
  static void storeFrom(ByteVector q, float zero, float d, long to) {
    if (Lanes.TWO_PARTS) {
      long last = lay(q, to);
      for (int i = 0; i < COUNT; i++) {
        Memory.f32(to + 4 * i, (Memory.i8(last + i) - zero) * d);
      }
      return;
    }
    FloatVector scale = Lanes.all(d);
    FloatVector from = Lanes.all(zero);
    Lanes.store(first(q).sub(from).mul(scale), to);
    if (L < COUNT) {
      Lanes.store(second(q).sub(from).mul(scale), to + 4L * L);
    }
  }

  /**
   * For vectors of four, of which there would be too many: the bytes go through memory, the last 16
   * bytes of where their numbers will be. Each is read before it is overwritten.
   */
  private static long lay(ByteVector q, long to) {
    q.intoMemorySegment(Memory.ALL, to + 48, Memory.ORDER);
    return to + 48;
  }

  // The part must be a constant: the compiler knows the conversion only if it knows the lanes.

  private static FloatVector first(ByteVector q) {
    return (FloatVector) q.convertShape(VectorOperators.B2F, Lanes.F, 0);
  }

  private static FloatVector second(ByteVector q) {
    return (FloatVector) q.convertShape(VectorOperators.B2F, Lanes.F, 1);
  }
}
