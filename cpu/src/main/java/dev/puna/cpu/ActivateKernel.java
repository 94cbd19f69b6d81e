package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Activation;
import jdk.incubator.vector.FloatVector;
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
        silu(x, up, out, whole);
      }
      case GELU_TANH -> {
        whole = Lanes.whole(cols);
        geluTanh(x, up, out, whole);
      }
      case GELU, RELU -> {}
    }
    for (int c = whole; c < cols; c++) {
      float y = Exp.apply(activation, Memory.f32(x + 4L * c));
      Memory.f32(out + 4L * c, up == 0 ? y : y * Memory.f32(up + 4L * c));
    }
  }

  private static void silu(long x, long up, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      FloatVector y = Exp.silu(Lanes.load(x + 4L * c));
      Lanes.store(up == 0 ? y : y.mul(Lanes.load(up + 4L * c)), out + 4L * c);
    }
  }

  private static void geluTanh(long x, long up, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      FloatVector y = Exp.geluTanh(Lanes.load(x + 4L * c));
      Lanes.store(up == 0 ? y : y.mul(Lanes.load(up + 4L * c)), out + 4L * c);
    }
  }
}
