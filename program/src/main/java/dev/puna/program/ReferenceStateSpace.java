package dev.puna.program;

import java.util.Objects;

/** Convolution and selective scan of the reference interpreter. */
final class ReferenceStateSpace {
  private ReferenceStateSpace() {}

  static void conv(Reference reference, Op.CausalConv o, float[] y) {
    Step step = reference.step();
    float[] x = reference.value(o.x());
    float[] w = Objects.requireNonNull(reference.vector(o.weight()));
    float[] bias = reference.vector(o.bias());
    int cols = o.out().cols();
    int size = o.weight().cols();
    float[] past = {};
    for (int t = 0; t < step.tokens(); t++) {
      if (step.begins(t)) {
        past = reference.state().whole(o.state(), step.from(t)); // (size - 1, cols), oldest first
      }
      for (int c = 0; c < cols; c++) {
        double sum = bias == null ? 0 : bias[c];
        for (int i = 0; i < size - 1; i++) {
          sum += (double) w[c * size + i] * past[i * cols + c];
        }
        y[t * cols + c] = (float) (sum + (double) w[c * size + size - 1] * x[t * cols + c]);
      }
      if (size > 1) {
        System.arraycopy(past, cols, past, 0, past.length - cols);
        System.arraycopy(x, t * cols, past, past.length - cols, cols);
      }
      if (step.ends(t)) {
        reference.state().whole(o.state(), step.to(t), past);
      }
    }
  }

  static void scan(Reference reference, Op.SelectiveScan o, float[] y) {
    Step step = reference.step();
    StateSpace s = o.space();
    float[] dt = reference.value(o.dt());
    float[] dtBias = reference.vector(o.dtBias());
    float[] states = {};
    for (int t = 0; t < step.tokens(); t++) {
      if (step.begins(t)) {
        states = reference.state().whole(o.state(), step.from(t)); // (H·p, N)
      }
      for (int head = 0; head < s.heads(); head++) {
        double raw = dt[t * s.heads() + head] + (dtBias == null ? 0 : dtBias[head]);
        double delta = Math.clamp(Math.log1p(Math.exp(raw)), s.least(), s.most());
        delta = raw > 30 ? Math.clamp(raw, s.least(), s.most()) : delta; // e^raw would overflow
        head(reference, o, t, head, delta, states, y);
      }
      if (step.ends(t)) {
        reference.state().whole(o.state(), step.to(t), states);
      }
    }
  }

  private static void head(
      Reference reference,
      Op.SelectiveScan o,
      int t,
      int head,
      double delta,
      float[] states,
      float[] y) {
    StateSpace s = o.space();
    float[] a = Objects.requireNonNull(reference.vector(o.a()));
    float[] d = Objects.requireNonNull(reference.vector(o.d()));
    float[] x = reference.value(o.x());
    float[] b = reference.value(o.b());
    float[] c = reference.value(o.c());
    int group = t * s.groups() * s.states() + head / (s.heads() / s.groups()) * s.states();
    for (int i = head * s.size(); i < (head + 1) * s.size(); i++) {
      float in = x[t * s.columns() + i];
      double sum = (double) d[head] * in;
      for (int n = 0; n < s.states(); n++) {
        double decay = Math.exp(delta * a[head * s.decays() + n % s.decays()]);
        int at = i * s.states() + n;
        states[at] = (float) (decay * states[at] + delta * b[group + n] * in);
        sum += (double) c[group + n] * states[at];
      }
      y[t * s.columns() + i] = (float) sum;
    }
  }
}
