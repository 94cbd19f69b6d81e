package dev.puna.cpu;

/**
 * The fixed position embedding: sin(p·f(i)) in column i, cos(p·f(i)) in column i + D/2. Bound by
 * the functions, in double precision; once a step.
 *
 * @param frequencies f, [D/2]
 */
record SinusoidKernel(double[] frequencies, Matrix out) implements Kernel {
  static SinusoidKernel of(Matrix out) {
    double[] frequencies = new double[out.cols() / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(10000, -2.0 * i / out.cols());
    }
    return new SinusoidKernel(frequencies, out);
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int half = frequencies.length;
    for (int t = fromRow; t < toRow; t++) {
      int place = pass.step().place(t);
      for (int i = 0; i < half; i++) {
        double angle = place * frequencies[i];
        Memory.f32(out.at(worker, t, i), (float) Math.sin(angle));
        Memory.f32(out.at(worker, t, i + half), (float) Math.cos(angle));
      }
      if (out.cols() % 2 != 0) {
        Memory.f32(out.at(worker, t, out.cols() - 1), 0);
      }
    }
  }
}
