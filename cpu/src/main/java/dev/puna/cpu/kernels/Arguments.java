package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Vec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What kernels are given: arguments in memory, and constants in registers. */
final class Arguments {
  private Arguments() {}

  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** An argument of 64 bits, so many bytes from the first. */
  static void set(long arguments, int offset, long value) {
    ALL.set(ValueLayout.JAVA_LONG, arguments + offset, value);
  }

  /** Code that puts 32 bits into all lanes; by way of RAX. */
  static void constant(Assembler a, Vec v, int bits) {
    a.mov(Gpr.RAX, bits);
    a.vmovd(v.as(128), Gpr.RAX);
    a.vpbroadcastd(v, v.as(128));
  }
}
