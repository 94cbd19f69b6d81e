package dev.puna.program;

/** Attention of the reference interpreter. */
final class ReferenceAttention {
  private final Reference reference;
  private final Op.Attend op;
  private final Step step;
  private final AttentionWeights weights;

  ReferenceAttention(Reference reference, Op.Attend op) {
    this.reference = reference;
    this.op = op;
    step = reference.step();
    weights =
        new AttentionWeights(
            op.heads(), op.scores(), reference.vector(op.table()), reference.vector(op.sinks()));
  }

  void run(float[] y) {
    float[] k = reference.value(op.k());
    Value v = op.v();
    for (int t = 0; t < step.tokens(); t++) {
      float[] values = v == null ? k : reference.value(v);
      int valueAt = v == null ? 0 : t * v.cols();
      reference.state().write(op.state(), step.slot(t), k, t * op.k().cols(), values, valueAt);
    }
    for (int t = 0; t < step.tokens(); t++) {
      for (int head = 0; head < op.heads().query(); head++) {
        head(t, head, y);
      }
    }
  }

  private void head(int t, int head, float[] y) {
    Heads h = op.heads();
    int position = step.position(t);
    int first = op.mask().first(position);
    int seen = op.mask().end(position, step.prefix(t)) - first;
    double[] weight =
        weights.of(
            head,
            position,
            first,
            first + seen,
            reference.value(op.q()),
            t * op.q().cols() + head * h.size(),
            p -> reference.state().key(op.state(), step.slotOf(t, p)));
    double[] sum = new double[h.valueSize()];
    for (int j = 0; j < seen; j++) {
      int slot = step.slotOf(t, first + j);
      boolean inKeys = op.v() == null;
      float[] value =
          inKeys
              ? reference.state().key(op.state(), slot)
              : reference.state().value(op.state(), slot);
      int valueAt = head / h.group() * (inKeys ? h.size() : h.valueSize());
      add(weight[j], value, valueAt, sum);
    }
    write(sum, y, t * op.out().cols() + head * h.valueSize());
  }

  /** Attention to all positions of the source. */
  static void source(Reference reference, Op.AttendSource op, float[] y) {
    Heads h = op.heads();
    Step step = reference.step();
    float[] q = reference.value(op.q());
    AttentionWeights weights = new AttentionWeights(h, Scores.PLAIN, null, null);
    for (int t = 0; t < step.tokens(); t++) {
      for (int head = 0; head < h.query(); head++) {
        int row = t;
        int queryAt = t * op.q().cols() + head * h.size();
        double[] weight =
            weights.of(
                head,
                step.position(t),
                0,
                step.sourceLength(t),
                q,
                queryAt,
                p -> reference.state().key(op.state(), step.sourceSlot(row, p)));
        double[] sum = new double[h.valueSize()];
        for (int j = 0; j < weight.length; j++) {
          float[] value = reference.state().value(op.state(), step.sourceSlot(t, j));
          add(weight[j], value, head / h.group() * h.valueSize(), sum);
        }
        write(sum, y, t * op.out().cols() + head * h.valueSize());
      }
    }
  }

  private static void add(double factor, float[] value, int at, double[] sum) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] += factor * value[at + c];
    }
  }

  private static void write(double[] sum, float[] y, int at) {
    for (int c = 0; c < sum.length; c++) {
      y[at + c] = (float) sum[c];
    }
  }
}
