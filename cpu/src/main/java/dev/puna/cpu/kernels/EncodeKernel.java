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
 * Single precision to Q8_0, to the bits of {@link dev.puna.tensor.DType#encode}: d = max|x| / 127,
 * NaN aside; q = x · (1 / d), rounded half away from zero; 0 for what no whole number is near. Some
 * 90 instructions a block of 32, two of them divisions: bound by how many the core does at a time.
 */
final class EncodeKernel {
  private EncodeKernel() {}

  // the arguments
  static final int X = 0;
  static final int OUT = 8;
  static final int BLOCKS = 16;

  static final int COLUMNS = 32;
  private static final int BYTES = 34;

  private static final Vec ABS = xmm(15);
  private static final Vec BELOW_HALF = xmm(14);
  private static final Vec LOW_BYTE = xmm(13);
  private static final Vec ONE = xmm(12);
  private static final Vec OF_127 = xmm(11);
  private static final Vec SCALE = xmm(8);
  private static final Vec HALF = xmm(9);

  static byte[] assemble() {
    Assembler a = new Assembler();
    Arguments.constant(a, ABS, 0x7fffffff);
    // with 0.5 itself, the sum of the number before it would be rounded up to 1
    Arguments.constant(a, BELOW_HALF, Float.floatToRawIntBits(Math.nextDown(0.5f)));
    Arguments.constant(a, LOW_BYTE, 255);
    Arguments.constant(a, ONE, Float.floatToRawIntBits(1));
    Arguments.constant(a, OF_127, Float.floatToRawIntBits(127));
    a.mov(RSI, Mem.at(RDI, X));
    a.mov(RDX, Mem.at(RDI, OUT));
    a.mov(RCX, Mem.at(RDI, BLOCKS));
    Label next = a.here();
    scale(a);
    quants(a);
    a.add(RSI, 4 * COLUMNS);
    a.add(RDX, BYTES);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, next);
    a.ret();
    return a.toBytes();
  }

  /** Stores d, and leaves 1 / d in all lanes; of zeros it is infinite, and makes no number. */
  private static void scale(Assembler a) {
    a.vpxord(SCALE, SCALE, SCALE);
    for (int i = 0; i < 8; i++) {
      a.vpandd(xmm(i), ABS, Mem.at(RSI, 16 * i));
      a.vmaxps(SCALE, xmm(i), SCALE); // of NaN and another it takes the second
    }
    for (int lanes : new int[] {0x4E, 0xB1}) {
      a.vshufps(xmm(0), SCALE, SCALE, lanes);
      a.vmaxps(SCALE, SCALE, xmm(0));
    }
    a.vdivps(SCALE, SCALE, OF_127);
    a.vcvtps2ph(Mem.at(RDX, 0), SCALE); // 8 bytes, of which 6 are written again
    a.vdivps(SCALE, ONE, SCALE);
  }

  private static void quants(Assembler a) {
    for (int i = 0; i < 8; i++) {
      a.vmulps(xmm(i), SCALE, Mem.at(RSI, 16 * i));
      a.vpandnd(HALF, ABS, xmm(i));
      a.vpord(HALF, HALF, BELOW_HALF);
      a.vaddps(xmm(i), xmm(i), HALF);
      a.vcvttps2dq(xmm(i), xmm(i));
      a.vpandd(xmm(i), xmm(i), LOW_BYTE); // which is 0 of what is no number
    }
    for (int i = 0; i < 8; i += 2) {
      a.vpackssdw(xmm(i), xmm(i), xmm(i + 1));
    }
    a.vpackuswb(xmm(0), xmm(0), xmm(2));
    a.vpackuswb(xmm(4), xmm(4), xmm(6));
    a.vmovups(Mem.at(RDX, 2), xmm(0));
    a.vmovups(Mem.at(RDX, 18), xmm(4));
  }
}
