package dev.puna.formats;

import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A matrix [outputs, inputs] of 4-bit numbers as GPTQ or AWQ pack them: x = scale·(q - zero), with
 * a scale and a zero for each output of each group of inputs.
 *
 * <p>Laid out anew as AFFINE4 it stays exact, if 32 inputs one after another share a group. With
 * "activation order" (desc_act), where they do not, or groups that 32 does not divide, it is
 * decoded to F32.
 *
 * @param weights int32: [inputs / 8, outputs] or [inputs, outputs / 8]
 * @param zeros int32 [groups, outputs / 8]
 * @param scales [groups, outputs]
 * @param groups the group of each input
 * @param zeroOffset what is added to a stored zero
 */
record PackedMatrix(
    Packing packing,
    long inputs,
    long outputs,
    MemorySegment weights,
    MemorySegment zeros,
    StoredTensor scales,
    int[] groups,
    int zeroOffset) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = 32;
  private static final int BLOCK_BYTES = DType.AFFINE4.blockBytes();

  /** Which numbers share an integer. */
  enum Packing {
    /** Eight inputs of an output, the first in the lowest bits (GPTQ). */
    INPUTS,
    /** Eight outputs of an input, the even ones in the lower half (AWQ, version "gemm"). */
    OUTPUTS;

    /** Bits below those of the output, of eight, in weights and zeros. */
    int shift(long output) {
      int i = (int) (output & 7);
      return switch (this) {
        case INPUTS -> 4 * i;
        case OUTPUTS -> 4 * (i >> 1) + 16 * (i & 1);
      };
    }
  }

  /** The matrix under a name; its bytes are made when asked for. */
  StoredTensor stored(String name) {
    List<Long> shape = List.of(outputs, inputs);
    return isBlocked()
        ? new StoredTensor(name, DType.AFFINE4, shape, (StoredTensor.Made) this::blocks)
        : new StoredTensor(name, DType.F32, shape, (StoredTensor.Made) this::numbers);
  }

  private boolean isBlocked() {
    for (int i = 0; i < inputs; i++) {
      if (groups[i] != groups[i / BLOCK * BLOCK]) {
        return false;
      }
    }
    return inputs % BLOCK == 0;
  }

  private MemorySegment blocks(Arena arena) {
    float[] scale = scales.matrix(arena).toArray();
    return Rows.make(
        arena,
        DType.AFFINE4,
        outputs,
        inputs,
        (from, to, target) -> {
          int[] q = new int[4];
          // Outputs within blocks: neighbours among them lie in the same cache lines.
          for (long block = 0; block < inputs / BLOCK; block++) {
            int group = groups[(int) block * BLOCK];
            for (long output = from; output < to; output++) {
              long at = (output * (inputs / BLOCK) + block) * BLOCK_BYTES;
              target.set(FLOAT, at, scale[(int) (group * outputs + output)]);
              target.set(ValueLayout.JAVA_BYTE, at + 4, (byte) zero(group, output));
              words(output, block * BLOCK, q);
              target.set(LONG, at + 5, spread(q[0]) | spread(q[2]) << 4);
              target.set(LONG, at + 13, spread(q[1]) | spread(q[3]) << 4);
            }
          }
        });
  }

  private MemorySegment numbers(Arena arena) {
    float[] scale = scales.matrix(arena).toArray();
    return Rows.make(
        arena,
        DType.F32,
        outputs,
        inputs,
        (from, to, target) -> {
          for (long input = 0; input < inputs; input++) {
            int group = groups[(int) input];
            for (long output = from; output < to; output++) {
              float x =
                  scale[(int) (group * outputs + output)]
                      * (number(output, input) - zero(group, output));
              target.set(FLOAT, Float.BYTES * (output * inputs + input), x);
            }
          }
        });
  }

  private int zero(int group, long output) {
    int word = zeros.getAtIndex(INT, group * (outputs / 8) + output / 8);
    return (word >>> packing.shift(output) & 15) + zeroOffset;
  }

  private int number(long output, long input) {
    return switch (packing) {
      case INPUTS ->
          weights.getAtIndex(INT, input / 8 * outputs + output) >>> 4 * (int) (input & 7) & 15;
      case OUTPUTS -> {
        int word = weights.getAtIndex(INT, input * (outputs / 8) + output / 8);
        yield word >>> packing.shift(output) & 15;
      }
    };
  }

  /** The 32 numbers of an output from input {@code from} on: eight in a word, the first lowest. */
  private void words(long output, long from, int[] words) {
    for (int i = 0; i < words.length; i++) {
      words[i] =
          switch (packing) {
            case INPUTS -> weights.getAtIndex(INT, (from / 8 + i) * outputs + output);
            case OUTPUTS -> gathered(output, from + 8L * i);
          };
    }
  }

  private int gathered(long output, long from) {
    int shift = packing.shift(output);
    long at = from * (outputs / 8) + output / 8;
    int word = 0;
    for (int i = 0; i < 8; i++, at += outputs / 8) {
      word |= (weights.getAtIndex(INT, at) >>> shift & 15) << 4 * i;
    }
    return word;
  }

  /** Eight numbers of 4 bits, a byte for each. */
  private static long spread(int nibbles) {
    long x = Integer.toUnsignedLong(nibbles);
    x = (x | x << 16) & 0x0000ffff0000ffffL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffL;
    return (x | x << 4) & 0x0f0f0f0f0f0f0f0fL;
  }
}
