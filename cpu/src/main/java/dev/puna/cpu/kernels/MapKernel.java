package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;
import org.jspecify.annotations.Nullable;

/**
 * out[c] = f(x[c], y[c]) for a row of columns, in ymm vectors, the last of which may be a masked
 * one. Bound by the cache, or by what f takes.
 */
final class MapKernel {
  static final int X = 0;
  static final int Y = 8;
  static final int OUT = 16;
  static final int VECTORS = 24;

  /** Address of the last vector's mask, or 0 if there is none. */
  static final int MASK = 32;

  /** Two numbers, for those functions that have some. */
  static final int NUMBERS = 40;

  static final int Z = 48;

  private static final Gpr CONSTANTS = R8;
  private static final Vec MASKED = Vec.ymm(15);

  /** A row's function. */
  enum Function {
    SILU(false),
    SILU_GATE(true),
    GELU_TANH(false),
    GELU_TANH_GATE(true),
    GELU_SIGMOID(false),
    GELU_SIGMOID_GATE(true),
    TANH(false),
    TANH_GATE(true),
    RELU(false),
    RELU_GATE(true),
    RELU_SQUARED(false),
    RELU_SQUARED_GATE(true),
    ADD(true),
    MULTIPLY(true),
    /** number · x. */
    SCALE(false),
    /** (x - number) · number. */
    NORM(false),
    /** (x - number) · number · y. */
    NORM_GAIN(true),
    /** (x - number) · number · y + z. */
    NORM_GAIN_BIAS(true);

    final boolean two;

    Function(boolean two) {
      this.two = two;
    }
  }

  private final Assembler a = new Assembler();
  private final Function function;

  MapKernel(Function function) {
    this.function = function;
  }

  byte[] assemble() {
    Constants.load(a, CONSTANTS);
    a.vbroadcastss(Vec.ymm(6), Mem.at(RDI, NUMBERS));
    a.vbroadcastss(Vec.ymm(7), Mem.at(RDI, NUMBERS + 4));
    a.mov(RSI, Mem.at(RDI, X));
    a.mov(RDX, Mem.at(RDI, Y));
    a.mov(RCX, Mem.at(RDI, OUT));
    a.mov(R9, Mem.at(RDI, VECTORS));
    a.mov(RAX, Mem.at(RDI, Z));
    Label tail = new Label();
    a.test(R9, R9);
    a.j(Condition.ZERO, tail);
    Label again = a.here();
    vector(null);
    for (Gpr r : new Gpr[] {RSI, RDX, RCX, RAX}) {
      a.add(r, 32);
    }
    a.sub(R9, 1);
    a.j(Condition.NOT_ZERO, again);
    a.bind(tail);
    Label done = new Label();
    a.mov(R9, Mem.at(RDI, MASK));
    a.test(R9, R9);
    a.j(Condition.ZERO, done);
    a.vmovups(MASKED, Mem.at(R9, 0));
    vector(MASKED);
    a.bind(done);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void load(Vec d, Gpr from, @Nullable Vec mask) {
    if (mask == null) {
      a.vmovups(d, Mem.at(from, 0));
    } else {
      a.vmaskmovps(d, mask, Mem.at(from, 0));
    }
  }

  private void vector(@Nullable Vec mask) {
    Vec x = Vec.ymm(0);
    Vec y = Vec.ymm(1);
    load(x, RSI, mask);
    if (function.two) {
      load(y, RDX, mask);
    }
    if (function == Function.NORM_GAIN_BIAS) {
      load(Vec.ymm(5), RAX, mask);
    }
    body(x, y);
    if (mask == null) {
      a.vmovups(Mem.at(RCX, 0), x);
    } else {
      a.vmaskmovps(Mem.at(RCX, 0), mask, x);
    }
  }

  private void body(Vec x, Vec y) {
    ExpCode e = new ExpCode(a, CONSTANTS, Vec.ymm(2), Vec.ymm(3));
    Vec free = Vec.ymm(4);
    switch (function) {
      case SILU, SILU_GATE -> e.silu(x, free);
      case GELU_TANH, GELU_TANH_GATE -> e.geluTanh(x, free);
      case GELU_SIGMOID, GELU_SIGMOID_GATE -> e.geluSigmoid(x, free);
      case TANH, TANH_GATE -> e.tanh(x);
      case RELU, RELU_GATE -> e.relu(x);
      case RELU_SQUARED, RELU_SQUARED_GATE -> {
        e.relu(x);
        a.vmulps(x, x, x);
      }
      case ADD -> a.vaddps(x, x, y);
      case SCALE -> a.vmulps(x, x, Vec.ymm(6));
      case MULTIPLY -> {}
      case NORM, NORM_GAIN, NORM_GAIN_BIAS -> {
        a.vsubps(x, x, Vec.ymm(6));
        a.vmulps(x, x, Vec.ymm(7));
      }
    }
    if (function.two && function != Function.ADD) {
      a.vmulps(x, x, y);
    }
    if (function == Function.NORM_GAIN_BIAS) {
      a.vaddps(x, x, Vec.ymm(5));
    }
  }
}
