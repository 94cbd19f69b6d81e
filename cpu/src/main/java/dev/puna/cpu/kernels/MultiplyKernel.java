package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.MachineCode;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;
import java.util.Optional;

/**
 * Nothing but multiply-adds, with no memory and no wait for a result: what a product could reach at
 * most. Of bytes without VNNI each takes two instructions, vpmaddubsw and vpaddw.
 */
public final class MultiplyKernel {
  /** Registers that are added to in turn, enough to hide an instruction's latency. */
  private static final int CHAINS = 12;

  private final MachineCode code;
  private final long each;

  private MultiplyKernel(MachineCode code, long each) {
    this.code = code;
    this.each = each;
  }

  /**
   * The kernel; empty if this machine runs none.
   *
   * @param bytes whether products of bytes are summed up, rather than of single-precision numbers
   */
  public static Optional<MultiplyKernel> of(boolean bytes) {
    Isa isa = Isa.best();
    if (isa == null) {
      return Optional.empty();
    }
    try {
      MachineCode code = MachineCode.of(assemble(isa, bytes));
      return Optional.of(new MultiplyKernel(code, (long) CHAINS * isa.bits() / (bytes ? 8 : 32)));
    } catch (MachineCode.Refused e) {
      return Optional.empty();
    }
  }

  private static byte[] assemble(Isa isa, boolean bytes) {
    Assembler a = new Assembler();
    Vec x = isa.v(13);
    Vec product = isa.v(14);
    for (int i = 0; i <= 14; i++) {
      a.vpxord(isa.v(i), isa.v(i), isa.v(i));
    }
    a.mov(RCX, Mem.at(RDI, 0));
    Label next = a.here();
    for (int i = 0; i < CHAINS; i++) {
      Vec sum = isa.v(i);
      if (!bytes) {
        a.vfmadd231ps(sum, x, x);
      } else if (isa.vnni() == Isa.Vnni.EVEX) {
        a.vpdpbusd(sum, x, x);
      } else if (isa.vnni() == Isa.Vnni.VEX) {
        a.vpdpbusdVex(sum, x, x);
      } else {
        a.vpmaddubsw(product, x, x);
        a.vpaddw(sum, sum, product);
      }
    }
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, next);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /**
   * Runs it.
   *
   * @param rounds address of the number of rounds
   * @return multiply-adds of a round
   */
  public long run(long rounds) {
    code.run(rounds);
    return each;
  }
}
