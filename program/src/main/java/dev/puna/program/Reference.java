package dev.puna.program;

import dev.puna.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
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
  private final Function<Value, float[]> given;
  private final Map<Integer, float[]> values = new HashMap<>();

  Reference(
      Function<Weight, Tensor> weights,
      Step step,
      ReferenceState state,
      Function<Value, float[]> given) {
    this.weights = weights;
    this.step = step;
    this.state = state;
    this.given = given;
  }

  /** Computes the op's value and keeps it. (rows, cols) */
  float[] run(Op op) {
    int rows = op.out().rows(step.tokens(), step.outputs());
    float[] y = new float[rows * op.out().cols()];
    switch (op) {
      case Op.Embed o -> embed(o, y);
      case Op.Given o -> System.arraycopy(given.apply(o.out()), 0, y, 0, y.length);
      case Op.Sinusoid o -> sinusoid(o, y);
      case Op.Norm o -> norm(o, y);
      case Op.Linear o -> linear(o, y);
      case Op.Shrink o -> ReferenceAdapters.shrink(this, o, y);
      case Op.Expand o -> ReferenceAdapters.expand(this, o, y);
      case Op.HeadLinear o -> headLinear(o, y);
      case Op.Rope o -> rope(o, y);
      case Op.Attend o -> new ReferenceAttention(this, o).run(y);
      case Op.Keep o -> keep(o, y);
      case Op.AttendSource o -> ReferenceAttention.source(this, o, y);
      case Op.Glu o -> glu(o, y);
      case Op.Activate o -> each(o.x(), y, x -> o.activation().apply(x));
      case Op.Add o -> add(o, y);
      case Op.Scale o -> each(o.x(), y, x -> o.by() * x);
      case Op.ScaleColumns o -> scaleColumns(o, y);
      case Op.SoftCap o -> each(o.x(), y, x -> o.cap() * Math.tanh(x / o.cap()));
      case Op.Clamp o -> each(o.x(), y, x -> Math.clamp(x, -o.limit(), o.limit()));
      case Op.GateRows o -> gateRows(o, y);
      case Op.Slice o -> slice(o, y);
      case Op.Join o -> join(o, y);
      case Op.Route o -> ReferenceExperts.route(this, o, y);
      case Op.ExpertsUp o -> ReferenceExperts.up(this, o, y);
      case Op.ExpertsDown o -> ReferenceExperts.down(this, o, y);
      case Op.CausalConv o -> ReferenceStateSpace.conv(this, o, y);
      case Op.SelectiveScan o -> ReferenceStateSpace.scan(this, o, y);
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

  float @Nullable [] vector(@Nullable Weight w) {
    return w == null ? null : weights.apply(w).toArray();
  }

  Tensor tensor(Weight w) {
    return weights.apply(w);
  }

  Step step() {
    return step;
  }

  ReferenceState state() {
    return state;
  }

  private void embed(Op.Embed o, float[] y) {
    Tensor table = weights.apply(o.table());
    int width = o.out().cols();
    for (int t = 0; t < step.tokens(); t++) {
      int row =
          switch (o.by()) {
            case TOKEN -> step.token(t);
            case PLACE -> step.place(t);
            case SEGMENT -> step.second(t);
          };
      table.row(row, y, t * width);
    }
  }

  private void sinusoid(Op.Sinusoid o, float[] y) {
    int width = o.out().cols();
    for (int t = 0; t < step.tokens(); t++) {
      for (int i = 0; i < width / 2; i++) {
        double angle = step.place(t) * Math.pow(10000, -2.0 * i / width);
        y[t * width + i] = (float) Math.sin(angle);
        y[t * width + i + width / 2] = (float) Math.cos(angle);
      }
    }
  }

  private void norm(Op.Norm o, float[] y) {
    int n = o.width();
    float[] x = value(o.x());
    float[] gain = vector(o.gain());
    float[] bias = vector(o.bias());
    int cols = o.out().cols();
    for (int at = 0; at < y.length; at += n) {
      double mean = 0;
      if (o.kind().centred()) {
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
        double weighted = normalized * (gain == null ? 1 : gain[(at % cols + c) % gain.length]);
        y[at + c] = (float) (weighted + (bias == null ? 0 : bias[(at % cols + c) % bias.length]));
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

  private void headLinear(Op.HeadLinear o, float[] y) {
    Tensor w = weights.apply(o.weight());
    float[] x = value(o.x());
    int in = o.weight().cols();
    int out = o.weight().rows();
    float[] row = new float[in];
    for (int j = 0; j < out; j++) {
      w.row(j, row, 0);
      int head = j / (out / o.heads());
      for (int t = 0; t < y.length / out; t++) {
        y[t * out + j] = (float) dot(x, t * o.x().cols() + head * in, row, 0, in);
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
      r.table(r.place(step, t), r.frequencies(step.rotation(t)), cos, sin, 0);
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

  private void keep(Op.Keep o, float[] y) {
    float[] k = value(o.k());
    float[] v = value(o.v());
    for (int t = 0; t < step.tokens(); t++) {
      state.write(o.state(), step.slot(t), k, t * o.k().cols(), v, t * o.v().cols());
    }
    System.arraycopy(k, 0, y, 0, y.length);
  }

  private void glu(Op.Glu o, float[] y) {
    float[] gate = value(o.gate());
    float[] up = value(o.up());
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) (o.activation().apply(gate[i]) * up[i]);
    }
  }

  private void each(Value value, float[] y, DoubleUnaryOperator function) {
    float[] x = value(value);
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) function.applyAsDouble(x[i]);
    }
  }

  private void add(Op.Add o, float[] y) {
    float[] a = value(o.a());
    float[] b = value(o.b());
    for (int i = 0; i < y.length; i++) {
      y[i] = a[i] + b[i];
    }
  }

  private void scaleColumns(Op.ScaleColumns o, float[] y) {
    float[] x = value(o.x());
    float[] gain = weights.apply(o.gain()).toArray();
    float[] bias = vector(o.bias());
    for (int i = 0; i < y.length; i++) {
      int c = i % gain.length;
      y[i] = (float) ((double) gain[c] * x[i] + (bias == null ? 0 : bias[c]));
    }
  }

  private void gateRows(Op.GateRows o, float[] y) {
    float[] x = value(o.x());
    float[] gate = value(o.gate());
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) (x[i] / (1 + Math.exp(-gate[i / o.out().cols()])));
    }
  }

  private void slice(Op.Slice o, float[] y) {
    float[] x = value(o.x());
    int size = o.x().cols() / o.heads();
    for (int group = 0; group < y.length / o.width(); group++) {
      System.arraycopy(x, group * size + o.from(), y, group * o.width(), o.width());
    }
  }

  private void join(Op.Join o, float[] y) {
    float[] a = value(o.a());
    float[] b = value(o.b());
    int first = o.a().cols() / o.heads();
    int second = o.out().cols() / o.heads() - first;
    for (int i = 0; i < y.length / (first + second); i++) {
      int t = i / o.heads();
      int of = i % o.heads() * second % o.b().cols(); // b's one head serves all
      System.arraycopy(a, i * first, y, i * (first + second), first);
      System.arraycopy(b, t * o.b().cols() + of, y, i * (first + second) + first, second);
    }
  }

  private void selectRows(Op.SelectRows o, float[] y) {
    int cols = o.out().cols();
    for (int i = 0; i < step.outputs(); i++) {
      System.arraycopy(value(o.x()), step.output(i) * cols, y, i * cols, cols);
    }
  }

  static double dot(float[] a, int i, float[] b, int j, int n) {
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += (double) a[i + c] * b[j + c];
    }
    return sum;
  }

  static void softmax(double[] s) {
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
