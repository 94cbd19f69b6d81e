package dev.puna.program;

import dev.puna.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program op by op in plain loops: slow, obvious, and what every backend is tested against.
 * Values are single-precision; every sum runs in double precision.
 */
final class Reference {
  private final Function<Weight, Tensor> weights;
  private final Step step;
  private final ReferenceState state;
  private final Map<Integer, float[]> values = new HashMap<>();

  Reference(Function<Weight, Tensor> weights, Step step, ReferenceState state) {
    this.weights = weights;
    this.step = step;
    this.state = state;
  }

  /** Computes the op's value and keeps it. (rows, cols) */
  float[] run(Op op) {
    int rows = op.out().rows(step.tokens(), step.outputs());
    float[] y = new float[rows * op.out().cols()];
    switch (op) {
      case Op.Embed o -> embed(o, y);
      case Op.Norm o -> norm(o, y);
      case Op.Linear o -> linear(o, y);
      case Op.Rope o -> rope(o, y);
      case Op.Attend o -> attend(o, y);
      case Op.Glu o -> glu(o, y);
      case Op.Activate o -> activate(o, y);
      case Op.Add o -> add(o, y);
      case Op.SelectRows o -> selectRows(o, y);
    }
    values.put(op.out().id(), y);
    return y;
  }

  float[] value(Value v) {
    float[] value = values.get(v.id());
    if (value == null) {
      throw new IllegalStateException(v.name() + " is not there yet");
    }
    return value;
  }

  private float @Nullable [] vector(@Nullable Weight w) {
    return w == null ? null : weights.apply(w).toArray();
  }

  private void embed(Op.Embed o, float[] y) {
    Tensor table = weights.apply(o.table());
    int width = o.out().cols();
    for (int t = 0; t < step.tokens(); t++) {
      table.row(step.token(t), y, t * width);
    }
  }

  private void norm(Op.Norm o, float[] y) {
    int n = o.width();
    float[] x = value(o.x());
    float[] gain = weights.apply(o.gain()).toArray();
    float[] bias = vector(o.bias());
    for (int at = 0; at < y.length; at += n) {
      double mean = 0;
      if (o.kind() instanceof Normalization.Layer) {
        for (int c = 0; c < n; c++) {
          mean += x[at + c] / (double) n;
        }
      }
      double variance = 0;
      for (int c = 0; c < n; c++) {
        variance += (x[at + c] - mean) * (x[at + c] - mean) / n;
      }
      double inverse = 1 / Math.sqrt(variance + o.kind().epsilon());
      for (int c = 0; c < n; c++) {
        double normalized = (x[at + c] - mean) * inverse;
        y[at + c] = (float) (normalized * gain[c] + (bias == null ? 0 : bias[c]));
      }
    }
  }

  private void linear(Op.Linear o, float[] y) {
    Tensor w = weights.apply(o.weight());
    float[] x = value(o.x());
    float[] bias = vector(o.bias());
    int in = o.weight().cols();
    int out = o.weight().rows();
    float[] row = new float[in];
    for (int j = 0; j < out; j++) {
      w.row(j, row, 0);
      for (int t = 0; t < y.length / out; t++) {
        double sum = bias == null ? 0 : bias[j];
        y[t * out + j] = (float) (sum + dot(x, t * in, row, 0, in));
      }
    }
  }

  private void rope(Op.Rope o, float[] y) {
    float[] x = value(o.x());
    Rotation r = o.rotation();
    int pairs = r.size() / 2;
    float[] cos = new float[pairs];
    float[] sin = new float[pairs];
    System.arraycopy(x, 0, y, 0, y.length);
    int cols = o.out().cols();
    for (int t = 0; t < step.tokens(); t++) {
      r.table(step.position(t), r.frequencies(step.rotation(t)), cos, sin, 0);
      for (int head = t * cols; head < (t + 1) * cols; head += o.headSize()) {
        for (int i = 0; i < pairs; i++) {
          float a = x[head + r.first(i)];
          float b = x[head + r.second(i)];
          y[head + r.first(i)] = (float) ((double) a * cos[i] - (double) b * sin[i]);
          y[head + r.second(i)] = (float) ((double) b * cos[i] + (double) a * sin[i]);
        }
      }
    }
  }

  private void attend(Op.Attend o, float[] y) {
    int keyCols = o.k().cols();
    int valueCols = o.v().cols();
    for (int t = 0; t < step.tokens(); t++) {
      state.write(o.state(), step.slot(t), value(o.k()), t * keyCols, value(o.v()), t * valueCols);
    }
    for (int t = 0; t < step.tokens(); t++) {
      for (int head = 0; head < o.heads().query(); head++) {
        attendHead(o, t, head, y);
      }
    }
  }

  private void attendHead(Op.Attend o, int t, int head, float[] y) {
    Heads h = o.heads();
    int first = o.mask().first(step.position(t));
    int seen = step.position(t) - first + 1;
    int group = head / h.group();
    float[] q = value(o.q());
    int queryAt = t * o.q().cols() + head * h.size();
    double[] score = new double[seen];
    for (int j = 0; j < seen; j++) {
      float[] key = state.key(o.state(), step.slotOf(t, first + j));
      score[j] = h.scale() * dot(q, queryAt, key, group * h.size(), h.size());
    }
    softmax(score);
    int outAt = t * o.out().cols() + head * h.valueSize();
    double[] sum = new double[h.valueSize()];
    for (int j = 0; j < seen; j++) {
      float[] value = state.value(o.state(), step.slotOf(t, first + j));
      for (int c = 0; c < sum.length; c++) {
        sum[c] += score[j] * value[group * h.valueSize() + c];
      }
    }
    for (int c = 0; c < sum.length; c++) {
      y[outAt + c] = (float) sum[c];
    }
  }

  private void glu(Op.Glu o, float[] y) {
    float[] gate = value(o.gate());
    float[] up = value(o.up());
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) (o.activation().apply(gate[i]) * up[i]);
    }
  }

  private void activate(Op.Activate o, float[] y) {
    float[] x = value(o.x());
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) o.activation().apply(x[i]);
    }
  }

  private void add(Op.Add o, float[] y) {
    float[] a = value(o.a());
    float[] b = value(o.b());
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private void selectRows(Op.SelectRows o, float[] y) {
    int cols = o.out().cols();
    for (int i = 0; i < step.outputs(); i++) {
      System.arraycopy(value(o.x()), step.output(i) * cols, y, i * cols, cols);
    }
  }

  private static double dot(float[] a, int i, float[] b, int j, int n) {
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += (double) a[i + c] * b[j + c];
    }
    return sum;
  }

  private static void softmax(double[] s) {
    double max = Arrays.stream(s).max().orElse(0);
    double sum = 0;
    for (int i = 0; i < s.length; i++) {
      s[i] = Math.exp(s[i] - max);
      sum += s[i];
    }
    for (int i = 0; i < s.length; i++) {
      s[i] /= sum;
    }
  }
}
