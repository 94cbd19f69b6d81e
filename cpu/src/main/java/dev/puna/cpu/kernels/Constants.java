package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Numbers that kernels read from memory, each in all eight lanes of a ymm vector; and masks. */
enum Constants {
  LOWEST(-87f),
  HIGHEST(88f),
  LOG2_E(1.44269504f),
  ROUND(0x1.8p23f),
  MINUS_LN2_HIGH(-0.693359375f),
  MINUS_LN2_LOW(2.12194440e-4f),
  C7(1 / 5040f),
  C6(1 / 720f),
  C5(1 / 120f),
  C4(1 / 24f),
  C3(1 / 6f),
  HALF(0.5f),
  ONE(1f),
  TWO(2f),
  CUBIC(0.044715f),
  MINUS_TWO_ROOT((float) -(2 * Math.sqrt(2 / Math.PI))),
  MINUS_LOGISTIC(-1.702f),
  SIGN(-0f),
  LEAST(Float.NEGATIVE_INFINITY);

  private static final int BYTES = 32;

  /** Counted once: each call of values() makes an array, and kernels must make nothing. */
  private static final int COUNT = values().length;

  private static final MemorySegment TABLE = table();

  private final float value;

  Constants(float value) {
    this.value = value;
  }

  private static MemorySegment table() {
    MemorySegment table = Arena.global().allocate((long) BYTES * (COUNT + 3), 64);
    for (Constants c : values()) {
      for (int lane = 0; lane < 8; lane++) {
        table.setAtIndex(ValueLayout.JAVA_FLOAT, 8L * c.ordinal() + lane, c.value);
      }
    }
    for (int lane = 0; lane < 8; lane++) {
      table.setAtIndex(ValueLayout.JAVA_INT, 8L * COUNT + lane, -1);
      // after eight zeros, those of which every other is a sign
      int sign = lane % 2 == 0 ? Integer.MIN_VALUE : 0;
      table.setAtIndex(ValueLayout.JAVA_INT, 8L * (COUNT + 2) + lane, sign);
    }
    return table;
  }

  /** base ← where {@link #at} counts from. */
  static void load(Assembler a, Gpr base) {
    a.mov(base, TABLE.address());
  }

  Mem at(Gpr base) {
    return Mem.at(base, BYTES * ordinal());
  }

  /** Signs for lanes 0, 2, 4 and 6. */
  static Mem evenSigns(Gpr base) {
    return Mem.at(base, BYTES * (COUNT + 2));
  }

  /** Address of a mask of the first {@code count} of eight lanes. */
  static long mask(int count) {
    return TABLE.address() + (long) BYTES * (COUNT + 1) - 4L * count;
  }
}
