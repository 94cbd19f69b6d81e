package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Activation;
import org.jspecify.annotations.Nullable;

/**
 * out = act(x), or act(x) ⊙ up if there is an up: both are the same pass over memory. Bound by the
 * exponential, about 20 vector operations.
 */
record ActivateKernel(Activation activation, Matrix x, @Nullable Matrix up, Matrix out)
    implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int cols = toCol - fromCol;
    for (int t = fromRow; t < toRow; t++) {
      long from = x.at(worker, t, fromCol);
      long factor = up == null ? 0 : up.at(worker, t, fromCol);
      row(activation, from, factor, out.at(worker, t, fromCol), cols);
    }
  }

  private static void row(Activation activation, long x, long up, long out, int cols) {
    int whole = 0;
    switch (activation) {
      case SILU -> {
        whole = Lanes.whole(cols);
        silu(x, out, whole);
      }
      case GELU_TANH -> {
        whole = Lanes.whole(cols);
        geluTanh(x, out, whole);
      }
      case GELU, RELU, RELU_SQUARED, GELU_SIGMOID, TANH -> {}
    }
    for (int c = whole; c < cols; c++) {
      float y = Exp.apply(activation, Memory.f32(x + 4L * c));
      Memory.f32(out + 4L * c, y);
    }
    if (up != 0) {
      multiply(out, up, cols);
    }
  }

  /** x ⊙= factors, in a pass of its own over what the cache still holds. */
  private static void multiply(long x, long factors, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).mul(Lanes.load(factors + 4L * c)), x + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(x + 4L * c, Memory.f32(x + 4L * c) * Memory.f32(factors + 4L * c));
    }
  }

  private static void silu(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.silu(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  private static void geluTanh(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Exp.geluTanh(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }
}
