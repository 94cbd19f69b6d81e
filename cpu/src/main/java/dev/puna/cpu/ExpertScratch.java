package dev.puna.cpu;

import dev.puna.program.Limits;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Routing;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a worker needs for mixtures of experts: their choice, and the rows of a step by expert. */
final class ExpertScratch {
  /** Columns of experts' outputs that are computed at a time. */
  static final int COLS = 128;

  /**
   * The most that any op of a program needs.
   *
   * @param experts number of experts
   * @param pairs rows of a step times experts of a row
   * @param columns columns of what experts multiply
   */
  record Sizes(int experts, int pairs, int columns) {
    static Sizes of(Program program, Limits limits) {
      int experts = 0;
      int pairs = 0;
      int columns = 0;
      Map<Value, Routing> routings = new HashMap<>();
      for (Op op : program.ops()) {
        if (op instanceof Op.Route route) {
          routings.put(route.out(), route.routing());
          experts = Math.max(experts, route.routing().experts());
          pairs = Math.max(pairs, Math.multiplyExact(route.routing().active(), limits.rows()));
        } else if (op instanceof Op.ExpertsUp up) {
          check(up, routings.get(up.routes()), up.gate(), up.out().cols());
          columns = Math.max(columns, up.gate().cols());
        } else if (op instanceof Op.ExpertsDown down) {
          check(down, routings.get(down.routes()), down.down(), 0);
          columns = Math.max(columns, down.down().cols());
        }
      }
      return new Sizes(experts, pairs, columns);
    }

    /** Experts' numbers become addresses: they must come from a choice among as many. */
    private static void check(Op op, @Nullable Routing routing, Weight weight, int hidden) {
      int rows =
          routing == null
              ? -1
              : routing.experts() * (hidden == 0 ? op.out().cols() : hidden / routing.active());
      if (weight.rows() != rows) {
        throw new IllegalArgumentException(op.out().name() + " has no experts in " + weight);
      }
    }
  }

  /** Of each expert, by what it is weighted and by what it is chosen. */
  final double[] probabilities;

  final double[] choice;
  final boolean[] taken;

  /** Of each group of experts; there are not more groups than experts. */
  final double[] judged;

  final boolean[] takenGroups;

  /** The chosen experts and their weights. */
  final int[] chosen;

  final double[] weights;

  /** Pairs of a row and one of its experts, by expert: those of expert e from first[e] on. */
  final int[] pairs;

  final int[] first;

  /** Rows of activations of one expert, side by side. */
  final long gathered;

  /** Outputs of one expert, {@link Product#ROWS} by {@link #COLS}, and as many others. */
  final long outputs;

  final long others;

  ExpertScratch(Sizes sizes, Arena arena) {
    probabilities = new double[sizes.experts];
    choice = new double[sizes.experts];
    taken = new boolean[sizes.experts];
    judged = new double[sizes.experts];
    takenGroups = new boolean[sizes.experts];
    chosen = new int[sizes.experts];
    weights = new double[sizes.experts];
    pairs = new int[sizes.pairs];
    first = new int[sizes.experts + 1];
    int rows = sizes.pairs == 0 ? 0 : Product.ROWS;
    gathered = floats(arena, (long) rows * sizes.columns);
    outputs = floats(arena, (long) rows * COLS);
    others = floats(arena, (long) rows * COLS);
  }

  private static long floats(Arena arena, long count) {
    return arena.allocate(4 * count + Memory.PADDING, 64).address();
  }

  /**
   * Sorts the pairs of some rows by expert; those of one expert come in the order of their rows.
   *
   * @param routes experts of each row, then their weights
   * @param active experts of a row, k; pair t·k + i is the i-th of row t
   */
  void group(Matrix routes, int worker, int rows, int active, int experts) {
    Arrays.fill(first, 0, experts + 1, 0);
    for (int p = 0; p < rows * active; p++) {
      first[expert(routes, worker, p, active) + 1]++;
    }
    for (int e = 0; e < experts; e++) {
      first[e + 1] += first[e];
    }
    for (int p = 0; p < rows * active; p++) {
      pairs[first[expert(routes, worker, p, active)]++] = p;
    }
    // each has moved on to where the next expert's begin
    System.arraycopy(first, 0, first, 1, experts);
    first[0] = 0;
  }

  static int expert(Matrix routes, int worker, int pair, int active) {
    return (int) Memory.f32(routes.at(worker, pair / active, pair % active));
  }

  static float weight(Matrix routes, int worker, int pair, int active) {
    return Memory.f32(routes.at(worker, pair / active, active + pair % active));
  }
}
