package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import jdk.incubator.vector.FloatVector;

/**
 * out[t, c] = gain[c] · x[t, c] + bias[c]. Bound by the cache.
 *
 * @param gain address of (cols) factors
 * @param bias address of (cols) summands, or 0
 */
record ScaleColumnsKernel(long gain, long bias, Matrix x, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      long summands = bias == 0 ? 0 : bias + 4L * fromCol;
      long to = out.at(worker, t, fromCol);
      row(x.at(worker, t, fromCol), gain + 4L * fromCol, summands, to, toCol - fromCol);
    }
  }

  private static void row(long x, long gain, long bias, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector y = Lanes.load(x + 4L * c).mul(Lanes.load(gain + 4L * c));
      Lanes.store(bias == 0 ? y : y.add(Lanes.load(bias + 4L * c)), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      float y = Memory.f32(x + 4L * c) * Memory.f32(gain + 4L * c);
      Memory.f32(out + 4L * c, bias == 0 ? y : y + Memory.f32(bias + 4L * c));
    }
  }
}
