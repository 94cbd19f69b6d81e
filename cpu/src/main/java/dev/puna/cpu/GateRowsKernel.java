package dev.puna.cpu;

/** out[t] = σ(gate[t]) · x[t]. Bound by the cache. */
record GateRowsKernel(Matrix x, Matrix gate, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      float by = Exp.sigmoid(Memory.f32(gate.at(worker, t, 0)));
      long to = out.at(worker, t, fromCol);
      ScaleKernel.scale(pass.scratch(worker), by, x.at(worker, t, fromCol), to, toCol - fromCol);
    }
  }
}
