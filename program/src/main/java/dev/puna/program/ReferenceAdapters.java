package dev.puna.program;

/** Low-rank updates of the reference interpreter, for each row its own. */
final class ReferenceAdapters {
  private ReferenceAdapters() {}

  static void shrink(Reference reference, Op.Shrink op, float[] y) {
    float[] x = reference.value(op.x());
    int in = op.x().cols();
    int cols = op.out().cols();
    for (int t = 0; t < y.length / cols; t++) {
      LowRank update = op.updates().of(reference.step().adapter(op.out(), t));
      if (update != null) {
        float[] a = reference.tensor(update.a()).toArray();
        for (int r = 0; r < update.a().rows(); r++) {
          y[t * cols + r] = (float) (update.scale() * Reference.dot(x, t * in, a, r * in, in));
        }
      }
    }
  }

  static void expand(Reference reference, Op.Expand op, float[] y) {
    float[] base = reference.value(op.y());
    float[] low = reference.value(op.low());
    float[] bias = reference.vector(op.bias());
    int cols = op.out().cols();
    for (int t = 0; t < y.length / cols; t++) {
      LowRank update = op.updates().of(reference.step().adapter(op.out(), t));
      float[] b = update == null ? new float[0] : reference.tensor(update.b()).toArray();
      float[] magnitude = update == null ? null : reference.vector(update.magnitude());
      int rank = b.length / cols;
      for (int c = 0; c < cols; c++) {
        double sum = base[t * cols + c];
        sum += Reference.dot(low, t * op.low().cols(), b, c * rank, rank);
        sum *= magnitude == null ? 1 : magnitude[c];
        y[t * cols + c] = (float) (sum + (bias == null ? 0 : bias[c]));
      }
    }
  }
}
