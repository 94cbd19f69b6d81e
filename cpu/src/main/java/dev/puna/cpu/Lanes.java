package dev.puna.cpu;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Vectors of the machine's preferred width, from memory of any type. */
final class Lanes {
  private Lanes() {}

  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());

  /** Numbers in a vector: 4, 8 or 16. */
  static final int L = F.length();

  /** As many 16-bit numbers as there are lanes. */
  static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

  /** As many bytes as there are lanes; of the smallest vector, 8, if there are only 4 lanes. */
  static final VectorSpecies<Byte> B =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, F.vectorBitSize() / 4)));

  /** Bytes in a vector of them, and whether they make two vectors of floats rather than one. */
  static final int BYTES = B.length();

  static final boolean TWO_PARTS = BYTES > L;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.fromOp(F, i -> i ^ (8 % L));
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(F, i -> i ^ (4 % L));
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(F, i -> i ^ 2);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.fromOp(F, i -> i ^ 1);

  // Constants as vectors: to broadcast each where it is used would make compiled methods too large.
  private static final IntVector SIGN_AND_HALF = IntVector.broadcast(I, 0x8fffffff);
  private static final IntVector EXPONENT = IntVector.broadcast(I, 0x7f800000);
  private static final FloatVector BEYOND_HALF = FloatVector.broadcast(F, 0x1p16f);
  static final IntVector NIBBLE = IntVector.broadcast(I, 15);

  /** 2^112: the distance between the exponents' biases of single and half precision. */
  private static final FloatVector REBIAS = FloatVector.broadcast(F, 0x1p112f);

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, Memory.ORDER);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, Memory.ORDER);
  }

  static FloatVector zero() {
    return FloatVector.zero(F);
  }

  static FloatVector all(float x) {
    return FloatVector.broadcast(F, x);
  }

  /**
   * Sum of the lanes in one fixed order, by halves. The API's own reduction leaves the order to the
   * implementation: interpreted and compiled code would differ in the last bit.
   */
  static float sum(FloatVector v) {
    FloatVector s = v;
    if (L > 8) {
      s = s.add(s.rearrange(BY_8));
    }
    if (L > 4) {
      s = s.add(s.rearrange(BY_4));
    }
    s = s.add(s.rearrange(BY_2));
    return s.add(s.rearrange(BY_1)).lane(0);
  }

  /** bfloat16 numbers. */
  static FloatVector bf16(long address) {
    return ((IntVector) shorts(address).convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
        .lanewise(VectorOperators.LSHL, 16)
        .reinterpretAsFloats();
  }

  /**
   * Half-precision numbers, exactly: sign and exponent fall into place 13 bits to the left, and the
   * product with 2^112 corrects the exponent's bias, of subnormal numbers too. Only infinities and
   * NaNs, whose exponent is all ones, must be given one again.
   */
  static FloatVector f16(long address) {
    IntVector bits =
        ((IntVector) shorts(address).convertShape(VectorOperators.S2I, I, 0))
            .lanewise(VectorOperators.LSHL, 13)
            .and(SIGN_AND_HALF);
    FloatVector x = bits.reinterpretAsFloats().mul(REBIAS);
    return x.blend(
        bits.or(EXPONENT).reinterpretAsFloats(), x.abs().compare(VectorOperators.GE, BEYOND_HALF));
  }

  private static ShortVector shorts(long address) {
    return ShortVector.fromMemorySegment(S, Memory.ALL, address, Memory.ORDER);
  }

  /**
   * Signed bytes: the first L of those at the address, or (part 1, where a vector of bytes has 2·L,
   * because there is none smaller) the next L. The part must be a constant: the compiler knows the
   * conversion only if it knows which lanes it takes.
   */
  static FloatVector i8(long address, int part) {
    return (FloatVector) bytes(address).convertShape(VectorOperators.B2F, F, part);
  }

  /** Unsigned bytes, likewise. */
  static IntVector u8(long address, int part) {
    return (IntVector) bytes(address).convertShape(VectorOperators.ZERO_EXTEND_B2I, I, part);
  }

  private static ByteVector bytes(long address) {
    return ByteVector.fromMemorySegment(B, Memory.ALL, address, Memory.ORDER);
  }

  /** The columns that fill whole vectors. */
  static int whole(int cols) {
    return cols / L * L;
  }
}
