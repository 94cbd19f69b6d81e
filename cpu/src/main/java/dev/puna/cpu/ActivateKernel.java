package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Activation;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * out = act(x), or act(x) ⊙ up if there is an up: both are the same pass over memory. Bound by the
 * exponential, about 20 vector operations.
 */
record ActivateKernel(Activation activation, Matrix x, @Nullable Matrix up, Matrix out)
    implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();
  private static final Loop[] MULTIPLY = Loop.of(ActivateKernel.class, Loop.PLAIN, "multiply");

  /** By activation; there is none for the exact GELU. */
  private static final @Nullable Loop[] LOOPS = new Loop[Activation.values().length];

  static {
    for (Activation a : Activation.values()) {
      String name =
          switch (a) {
            case SILU -> "silu";
            case GELU_TANH -> "geluTanh";
            case GELU_SIGMOID -> "geluSigmoid";
            case TANH -> "tanh";
            case RELU -> "relu";
            case RELU_SQUARED -> "reluSquared";
            case GELU -> "";
          };
      LOOPS[a.ordinal()] =
          name.isEmpty() ? null : Loop.of(ActivateKernel.class, Loop.PLAIN, name)[0];
    }
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int cols = toCol - fromCol;
    for (int t = fromRow; t < toRow; t++) {
      long from = x.at(worker, t, fromCol);
      long factor = up == null ? 0 : up.at(worker, t, fromCol);
      row(pass.scratch(worker), activation, from, factor, out.at(worker, t, fromCol), cols);
    }
  }

  /** out = act(x) for a row of columns, times up's if that is not 0. */
  static void row(Scratch scratch, Activation activation, long x, long up, long out, int cols) {
    if (ROWS != null && RowKernels.has(activation)) {
      ROWS.activate(scratch.address, activation, x, up, out, cols);
    } else {
      row(activation, x, up, out, cols);
    }
  }

  /** The same by the Vector API. */
  static void row(Activation activation, long x, long up, long out, int cols) {
    Loop loop = LOOPS[activation.ordinal()];
    int whole = loop == null ? 0 : Lanes.whole(cols);
    if (loop != null) {
      loop.run(x, out, whole);
    }
    for (int c = whole; c < cols; c++) {
      float y = Exp.apply(activation, Memory.f32(x + 4L * c));
      Memory.f32(out + 4L * c, y);
    }
    if (up != 0) {
      MULTIPLY[0].run(out, up, cols);
    }
  }

  /** x ⊙= factors, in a pass of its own over what the cache still holds. */
  static void multiply(long x, long factors, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).mul(Lanes.load(factors + 4L * c)), x + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(x + 4L * c, Memory.f32(x + 4L * c) * Memory.f32(factors + 4L * c));
    }
  }

  static void silu(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.silu(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void geluTanh(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.geluTanh(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void geluSigmoid(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.geluSigmoid(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void tanh(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.tanh(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void relu(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).max(Lanes.zero()), out + 4L * c);
    }
  }

  static void reluSquared(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      FloatVector y = Lanes.load(x + 4L * c).max(Lanes.zero());
      Lanes.store(y.mul(y), out + 4L * c);
    }
  }
}
