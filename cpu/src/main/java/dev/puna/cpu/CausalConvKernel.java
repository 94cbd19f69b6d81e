package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.Zeros;
import dev.puna.program.Step;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * out[t, c] = b[c] + Σᵢ w[i, c] · x[t - (n - 1 - i), c], the oldest row first, whether it comes
 * from the step or from what the sequence has kept: its last n - 1 rows, the oldest first. Bound by
 * the cache.
 *
 * @param size n
 * @param weight address of the weights, (n, C)
 * @param bias address of the bias, or 0
 */
record CausalConvKernel(int size, long weight, long bias, int layer, Matrix x, Matrix out)
    implements Kernel {
  private static final MethodHandle[] ADD = {
    Format.kernel(
        CausalConvKernel.class,
        "add",
        MethodType.methodType(void.class, long.class, long.class, long.class, int.class))
  };

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Step step = pass.step();
    int begin = fromRow;
    for (int t = fromRow; t < toRow; t++) {
      if (step.begins(t)) {
        begin = t;
      }
      long past = pass.state().whole(layer, step.from(t));
      long y = out.at(worker, t, 0);
      start(y, fromCol, toCol);
      for (int i = 0; i < size; i++) {
        long row = row(worker, begin, t - (size - 1 - i), past);
        long skipped = 4L * fromCol;
        try {
          ADD[0].invokeExact(
              weight + x.stride() * i + skipped, row + skipped, y + skipped, toCol - fromCol);
        } catch (Throwable e) {
          throw Format.failed(e);
        }
      }
      if (step.ends(t)) {
        keep(worker, begin, t, past, pass.state().whole(layer, step.to(t)), fromCol, toCol);
      }
    }
  }

  /** A row of the sequence: of the step, or one before it. */
  private long row(int worker, int begin, int row, long past) {
    return row >= begin ? x.at(worker, row, 0) : past + x.stride() * (size - 1 + row - begin);
  }

  /** Writes the last n - 1 rows to another place than that of the rows before. */
  private void keep(int worker, int begin, int last, long past, long to, int from, int end) {
    for (int i = 0; i < size - 1; i++) {
      long row = row(worker, begin, last - (size - 2 - i), past) + 4L * from;
      Memory.copy(row, to + x.stride() * i + 4L * from, 4L * (end - from));
    }
  }

  private void start(long y, int from, int to) {
    if (bias == 0) {
      Zeros.write(y + 4L * from, 4L * (to - from));
    } else {
      Memory.copy(bias + 4L * from, y + 4L * from, 4L * (to - from));
    }
  }

  /** y += w · x. */
  static void add(long w, long x, long y, int cols) {
    int c = 0;
    for (; c <= cols - L; c += L) {
      FloatVector sum = Lanes.load(y + 4L * c);
      Lanes.store(Lanes.load(w + 4L * c).fma(Lanes.load(x + 4L * c), sum), y + 4L * c);
    }
    for (; c < cols; c++) {
      float sum = Memory.f32(y + 4L * c);
      Memory.f32(y + 4L * c, Math.fma(Memory.f32(w + 4L * c), Memory.f32(x + 4L * c), sum));
    }
  }
}
