package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

/** out = cap · tanh(x / cap). Bound by the exponential, about 25 vector operations. */
record SoftCapKernel(float cap, Matrix x, Matrix out) implements Kernel {
  private static final Loop[] LOOPS = Loop.of(SoftCapKernel.class, Loop.BY_NUMBER, "row");

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      LOOPS[0].run(cap, x.at(worker, t, fromCol), out.at(worker, t, fromCol), toCol - fromCol);
    }
  }

  static void row(float cap, long x, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(VectorExp.tanh(Lanes.load(x + 4L * c).div(cap)).mul(cap), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Exp.tanh(Memory.f32(x + 4L * c) / cap) * cap);
    }
  }
}
