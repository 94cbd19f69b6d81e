package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

/** out = min(max(x, -limit), limit). Bound by the cache. */
record ClampKernel(float limit, Matrix x, Matrix out) implements Kernel {
  private static final Loop[] LOOPS = Loop.of(ClampKernel.class, Loop.BY_NUMBER, "row");

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      LOOPS[0].run(limit, x.at(worker, t, fromCol), out.at(worker, t, fromCol), toCol - fromCol);
    }
  }

  static void row(float limit, long x, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).max(-limit).min(limit), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      float v = Math.min(Math.max(Memory.f32(x + 4L * c), -limit), limit);
      Memory.f32(out + 4L * c, v);
    }
  }
}
