package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;
import static dev.puna.cpu.asm.Vec.xmm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * Activations to {@link QuantizedRows}, block by block of 32 columns: max|x| by comparing bits, so
 * that NaN is the largest and makes the scale NaN; dx = max / 127; q = x · (127 / max), to the
 * nearest. Some 80 instructions a block: bound by how many of them the core does at a time.
 */
final class QuantizeKernel {
  private QuantizeKernel() {}

  // the arguments
  static final int X = 0;
  static final int OUT = 8;
  static final int BLOCKS = 16;

  private static final Vec ABS = xmm(15);
  private static final Vec ONE_BYTES = xmm(14);
  private static final Vec ONES = xmm(13);
  private static final Vec ZERO = xmm(12);
  private static final Vec PER_127 = xmm(11);
  private static final Vec OF_127 = xmm(10);
  private static final Vec LEAST_MAX = xmm(9);

  /** The code for a layout's seeds. */
  static byte[] assemble(PanelLayout layout, Isa isa) {
    Assembler a = new Assembler();
    boolean wide = isa.vnni() != Isa.Vnni.NONE;
    Arguments.constant(a, ABS, 0x7fffffff);
    Arguments.constant(a, ONE_BYTES, 0x01010101);
    Arguments.constant(a, ONES, 0x00010001);
    Arguments.constant(a, ZERO, wide ? -layout.zero() : (-layout.zero() & 0xffff) * 0x00010001);
    Arguments.constant(a, PER_127, Float.floatToRawIntBits(1 / 127f));
    Arguments.constant(a, OF_127, Float.floatToRawIntBits(127));
    Arguments.constant(a, LEAST_MAX, Float.floatToRawIntBits(QuantizedRows.LEAST));
    a.mov(RSI, Mem.at(RDI, X));
    a.mov(RDX, Mem.at(RDI, OUT));
    a.mov(RCX, Mem.at(RDI, BLOCKS));
    Label next = a.here();
    largest(a);
    quants(a);
    sums(a, layout, wide);
    a.add(RSI, 4 * QuantizedRows.COLUMNS);
    a.add(RDX, QuantizedRows.BLOCK);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, next);
    a.ret();
    return a.toBytes();
  }

  /** Stores dx, and leaves 127 / max in all lanes of register 8. */
  private static void largest(Assembler a) {
    Vec max = xmm(8);
    for (int i = 0; i < 8; i++) {
      a.vpandd(xmm(i), ABS, Mem.at(RSI, 16 * i));
    }
    for (int half = 4; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        a.vpmaxud(xmm(i), xmm(i), xmm(i + half));
      }
    }
    a.vshufps(xmm(1), xmm(0), xmm(0), 0x4E);
    a.vpmaxud(xmm(0), xmm(0), xmm(1));
    a.vshufps(xmm(1), xmm(0), xmm(0), 0xB1);
    a.vpmaxud(max, xmm(0), xmm(1));
    a.vmulps(xmm(0), max, PER_127);
    a.vmovd(Mem.at(RDX, QuantizedRows.SCALE), xmm(0));
    a.vmaxps(max, max, LEAST_MAX);
    a.vdivps(max, OF_127, max);
  }

  /** Stores q, and leaves them in registers 0 and 2. */
  private static void quants(Assembler a) {
    for (int i = 0; i < 8; i++) {
      a.vmulps(xmm(i), xmm(8), Mem.at(RSI, 16 * i));
      a.vcvtps2dq(xmm(i), xmm(i));
    }
    for (int i = 0; i < 8; i += 2) {
      a.vpackssdw(xmm(i), xmm(i), xmm(i + 1));
    }
    a.vpacksswb(xmm(0), xmm(0), xmm(2));
    a.vpacksswb(xmm(2), xmm(4), xmm(6));
    a.vmovups(Mem.at(RDX, 0), xmm(0));
    a.vmovups(Mem.at(RDX, 16), xmm(2));
  }

  /** Stores dx·Σq and the seeds. */
  private static void sums(Assembler a, PanelLayout layout, boolean wide) {
    for (int r = 0; r <= 2; r += 2) {
      Vec sum = xmm(r); // of 16 columns, 16 bits wide: first and second pairs of four columns
      a.vpmaddubsw(sum, ONE_BYTES, sum);
      a.vshufps(xmm(1), sum, sum, 0x4E);
      a.vpaddw(sum, sum, xmm(1));
      a.vshufps(xmm(1), sum, sum, 0xB1);
      a.vpaddw(sum, sum, xmm(1));
    }
    Vec both = xmm(4);
    a.vpaddw(both, xmm(0), xmm(2));
    a.vpmaddwd(xmm(3), both, ONES);
    a.vcvtdq2ps(xmm(3), xmm(3));
    a.vmovd(xmm(5), Mem.at(RDX, QuantizedRows.SCALE));
    a.vmulps(xmm(3), xmm(3), xmm(5));
    a.vmovd(Mem.at(RDX, QuantizedRows.SUM), xmm(3));
    if (layout.span() == QuantizedRows.COLUMNS) {
      seed(a, both, wide, 0);
    } else {
      seed(a, xmm(0), wide, 0);
      seed(a, xmm(2), wide, 1);
    }
  }

  private static void seed(Assembler a, Vec sum, boolean wide, int number) {
    if (wide) {
      a.vpmaddwd(sum, sum, ONES);
      a.vpmulld(sum, sum, ZERO);
    } else {
      a.vpmullw(sum, sum, ZERO);
    }
    a.vmovd(Mem.at(RDX, QuantizedRows.SEED + 4 * number), sum);
  }
}
