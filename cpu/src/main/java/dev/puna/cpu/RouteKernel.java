package dev.puna.cpu;

import dev.puna.program.Routing;
import java.util.Arrays;

/**
 * The experts of each row and their weights. In double precision, as a choice between two that are
 * nearly equal must not depend on how it is computed. Always k different experts, whatever the
 * scores are: their numbers become addresses.
 *
 * @param bias address of what is added to what experts are chosen by, or 0
 */
record RouteKernel(Routing routing, long bias, Matrix scores, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    ExpertScratch s = pass.scratch(worker).experts;
    int k = routing.active();
    for (int t = fromRow; t < toRow; t++) {
      probabilities(scores.at(worker, t, 0), s);
      allow(s);
      best(s.choice, 0, routing.experts(), k, s.taken, s.chosen);
      weigh(s);
      for (int i = 0; i < k; i++) {
        Memory.f32(out.at(worker, t, i), s.chosen[i]);
        Memory.f32(out.at(worker, t, k + i), (float) s.weights[i]);
      }
    }
  }

  private void probabilities(long row, ExpertScratch s) {
    int experts = routing.experts();
    for (int e = 0; e < experts; e++) {
      double score = Memory.f32(row + 4L * e);
      s.probabilities[e] =
          routing.probability() == Routing.Probability.SIGMOID ? 1 / (1 + Math.exp(-score)) : score;
    }
    if (routing.probability() == Routing.Probability.SOFTMAX) {
      softmax(s.probabilities, experts);
    }
    for (int e = 0; e < experts; e++) {
      s.choice[e] = s.probabilities[e] + (bias == 0 ? 0 : Memory.f32(bias + 4L * e));
    }
  }

  private static void softmax(double[] x, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, x[i]);
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      x[i] = Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = 0; i < count; i++) {
      x[i] /= sum;
    }
  }

  /** Marks experts of groups that may not be chosen from as taken. */
  private void allow(ExpertScratch s) {
    int groups = routing.groups();
    Arrays.fill(s.taken, 0, routing.experts(), false);
    if (groups == routing.activeGroups()) {
      return;
    }
    int size = routing.experts() / groups;
    for (int g = 0; g < groups; g++) {
      best(s.choice, g * size, (g + 1) * size, routing.best(), s.taken, s.chosen);
      s.judged[g] = 0;
      for (int i = 0; i < routing.best(); i++) {
        s.judged[g] += s.choice[s.chosen[i]];
      }
    }
    Arrays.fill(s.takenGroups, 0, groups, false);
    best(s.judged, 0, groups, routing.activeGroups(), s.takenGroups, s.chosen);
    for (int e = 0; e < routing.experts(); e++) {
      s.taken[e] = !s.takenGroups[e / size];
    }
  }

  /**
   * Finds the largest of numbers [from, to) that are not taken, the largest (then the first) first,
   * and takes them. There must be as many.
   */
  private static void best(
      double[] numbers, int from, int to, int count, boolean[] taken, int[] chosen) {
    for (int i = 0; i < count; i++) {
      int best = -1;
      for (int e = from; e < to; e++) {
        if (!taken[e] && (best < 0 || numbers[e] > numbers[best])) {
          best = e;
        }
      }
      taken[best] = true;
      chosen[i] = best;
    }
  }

  private void weigh(ExpertScratch s) {
    int k = routing.active();
    for (int i = 0; i < k; i++) {
      s.weights[i] = s.probabilities[s.chosen[i]];
    }
    if (routing.probability() == Routing.Probability.SOFTMAX_OF_CHOSEN) {
      softmax(s.weights, k);
    }
    double sum = 0;
    for (int i = 0; i < k; i++) {
      sum += s.weights[i];
    }
    for (int i = 0; i < k; i++) {
      s.weights[i] *= routing.scale() / (routing.normalized() ? sum : 1);
    }
  }
}
