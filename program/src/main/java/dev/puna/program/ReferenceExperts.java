package dev.puna.program;

import dev.puna.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Mixtures of experts in the reference interpreter. */
final class ReferenceExperts {
  private ReferenceExperts() {}

  static void route(Reference reference, Op.Route o, float[] y) {
    Routing r = o.routing();
    float[] scores = reference.value(o.scores());
    float[] bias = reference.vector(o.bias());
    int k = r.active();
    for (int t = 0; t < y.length / (2 * k); t++) {
      double[] p = probabilities(scores, t * r.experts(), r);
      double[] by = p.clone();
      for (int e = 0; bias != null && e < by.length; e++) {
        by[e] += bias[e];
      }
      int[] chosen = best(allowed(by, r), k);
      double[] weights = Arrays.stream(chosen).mapToDouble(e -> p[e]).toArray();
      weigh(weights, r);
      for (int i = 0; i < k; i++) {
        y[t * 2 * k + i] = chosen[i];
        y[t * 2 * k + k + i] = (float) weights[i];
      }
    }
  }

  private static double[] probabilities(float[] scores, int at, Routing r) {
    double[] p = new double[r.experts()];
    for (int e = 0; e < p.length; e++) {
      p[e] = scores[at + e];
      if (r.probability() == Routing.Probability.SIGMOID) {
        p[e] = 1 / (1 + Math.exp(-p[e]));
      }
    }
    if (r.probability() == Routing.Probability.SOFTMAX) {
      Reference.softmax(p);
    }
    return p;
  }

  /** The choice's numbers, -∞ for experts of groups that may not be chosen from. */
  private static double[] allowed(double[] by, Routing r) {
    int size = r.experts() / r.groups();
    double[] judged = new double[r.groups()];
    for (int g = 0; g < judged.length; g++) {
      double[] group = Arrays.copyOfRange(by, g * size, (g + 1) * size);
      judged[g] = Arrays.stream(best(group, r.best())).mapToDouble(e -> group[e]).sum();
    }
    double[] allowed = new double[by.length];
    Arrays.fill(allowed, Double.NEGATIVE_INFINITY);
    for (int g : best(judged, r.activeGroups())) {
      System.arraycopy(by, g * size, allowed, g * size, size);
    }
    return allowed;
  }

  /** Indices of the {@code count} largest numbers, the largest (then the first) first. */
  private static int[] best(double[] numbers, int count) {
    return IntStream.range(0, numbers.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -numbers[i]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static void weigh(double[] weights, Routing r) {
    if (r.probability() == Routing.Probability.SOFTMAX_OF_CHOSEN) {
      Reference.softmax(weights);
    }
    double sum = r.normalized() ? Arrays.stream(weights).sum() : 1;
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= r.scale() / sum;
    }
  }

  static void up(Reference reference, Op.ExpertsUp o, float[] y) {
    float[] x = reference.value(o.x());
    float[] routes = reference.value(o.routes());
    Tensor gate = reference.tensor(o.gate());
    Tensor up = reference.tensor(o.up());
    float[] gateBias = reference.vector(o.gateBias());
    float[] upBias = reference.vector(o.upBias());
    int in = o.x().cols();
    int k = o.routes().cols() / 2;
    int hidden = o.out().cols() / k;
    float[] row = new float[in];
    for (int i = 0; i < y.length; i++) {
      int t = i / (k * hidden);
      int expert = (int) routes[t * 2 * k + i / hidden % k];
      int at = expert * hidden + i % hidden;
      gate.row(at, row, 0);
      double g = Reference.dot(x, t * in, row, 0, in) + (gateBias == null ? 0 : gateBias[at]);
      up.row(at, row, 0);
      double u = Reference.dot(x, t * in, row, 0, in) + (upBias == null ? 0 : upBias[at]);
      y[i] = (float) o.gating().apply(g, u);
    }
  }

  static void down(Reference reference, Op.ExpertsDown o, float[] y) {
    float[] hidden = reference.value(o.hidden());
    float[] routes = reference.value(o.routes());
    Tensor down = reference.tensor(o.down());
    float[] bias = reference.vector(o.bias());
    int k = o.routes().cols() / 2;
    int in = o.down().cols();
    int out = o.out().cols();
    float[] row = new float[in];
    for (int i = 0; i < y.length; i++) {
      int t = i / out;
      double sum = 0;
      for (int j = 0; j < k; j++) {
        int at = (int) routes[t * 2 * k + j] * out + i % out;
        down.row(at, row, 0);
        double dot = Reference.dot(hidden, (t * k + j) * in, row, 0, in);
        sum += routes[t * 2 * k + k + j] * (dot + (bias == null ? 0 : bias[at]));
      }
      y[i] = (float) sum;
    }
  }
}
