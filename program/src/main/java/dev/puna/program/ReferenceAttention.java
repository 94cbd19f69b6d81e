package dev.puna.program;

import org.jspecify.annotations.Nullable;

/** Attention of the reference interpreter. */
final class ReferenceAttention {
  private final Reference reference;
  private final Op.Attend op;
  private final Step step;
  private final float @Nullable [] table;
  private final float @Nullable [] sinks;

  ReferenceAttention(Reference reference, Op.Attend op) {
    this.reference = reference;
    this.op = op;
    step = reference.step();
    table = reference.vector(op.table());
    sinks = reference.vector(op.sinks());
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
    double scale = h.scale() * op.scores().growth(position);
    float[] q = reference.value(op.q());
    int queryAt = t * op.q().cols() + head * h.size();
    int keyAt = head / h.group() * h.size();
    double[] score = new double[sinks == null ? seen : seen + 1];
    for (int j = 0; j < seen; j++) {
      float[] key = reference.state().key(op.state(), step.slotOf(t, first + j));
      double s = scale * Reference.dot(q, queryAt, key, keyAt, h.size());
      float cap = op.scores().cap();
      score[j] = (cap == 0 ? s : cap * Math.tanh(s / cap)) + bias(head, first + j - position);
    }
    if (sinks != null) {
      score[seen] = sinks[head];
    }
    Reference.softmax(score);
    double[] sum = new double[h.valueSize()];
    for (int j = 0; j < seen; j++) {
      int slot = step.slotOf(t, first + j);
      boolean inKeys = op.v() == null;
      float[] value =
          inKeys
              ? reference.state().key(op.state(), slot)
              : reference.state().value(op.state(), slot);
      int valueAt = head / h.group() * (inKeys ? h.size() : h.valueSize());
      add(score[j], value, valueAt, sum);
    }
    write(sum, y, t * op.out().cols() + head * h.valueSize());
  }

  private double bias(int head, int distance) {
    return switch (op.scores().bias()) {
      case Scores.None none -> 0;
      case Scores.Alibi alibi -> alibi.slopes().get(head) * distance;
      case Scores.Buckets buckets -> {
        if (table == null) {
          throw new IllegalStateException(op.out().name() + " has no table of positions");
        }
        yield table[buckets.bucket(distance) * op.heads().query() + head];
      }
    };
  }

  /** Attention to all positions of the source. */
  static void source(Reference reference, Op.AttendSource op, float[] y) {
    Heads h = op.heads();
    Step step = reference.step();
    float[] q = reference.value(op.q());
    for (int t = 0; t < step.tokens(); t++) {
      for (int head = 0; head < h.query(); head++) {
        double[] score = new double[step.sourceLength(t)];
        int queryAt = t * op.q().cols() + head * h.size();
        for (int j = 0; j < score.length; j++) {
          float[] key = reference.state().key(op.state(), step.sourceSlot(t, j));
          int keyAt = head / h.group() * h.size();
          score[j] = h.scale() * Reference.dot(q, queryAt, key, keyAt, h.size());
        }
        Reference.softmax(score);
        double[] sum = new double[h.valueSize()];
        for (int j = 0; j < score.length; j++) {
          float[] value = reference.state().value(op.state(), step.sourceSlot(t, j));
          add(score[j], value, head / h.group() * h.valueSize(), sum);
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
