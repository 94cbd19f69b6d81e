package dev.puna.program;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts a program into regions between which all workers of a thread team meet. Within a region a
 * worker reads only what it wrote itself, or what was complete before the region began.
 *
 * <p>The cuts follow the data: a {@code Linear} or {@code Attend} divides its columns among the
 * workers, element-wise and per-head ops continue on a worker's own columns, and an op that needs
 * the others' columns starts a region. With few rows (decoding) the norm of a whole value is
 * computed by every worker for itself, which is cheaper than a barrier; with many (prefill) its
 * rows are divided instead.
 */
public final class Regions {
  private Regions() {}

  /** How an op's output is divided among workers. */
  public enum Division {
    /** Each worker writes its own columns of all rows. */
    COLUMNS,
    /** Each worker writes its own rows. */
    ROWS,
    /** Each worker computes everything, for itself. */
    EACH,
    /** Each worker writes a part that suits the op; others read it when the region is done. */
    OWN
  }

  /** An op and how its work is divided. */
  public record Divided(Op op, Division division) {}

  /**
   * Ops that run without a barrier between them.
   *
   * @param unit columns are divided in multiples of this: no head is cut in two
   */
  public record Region(List<Divided> ops, int unit) {
    /** The column (or row) at which worker {@code worker} of {@code workers} begins. */
    public static int start(int size, int unit, int worker, int workers) {
      long units = (size + (long) unit - 1) / unit;
      return (int) Math.min(size, units * worker / workers * unit);
    }
  }

  /** Columns are divided in multiples of 16 at least: one cache line of results. */
  private static final int LINE = 16;

  /**
   * Those that are stored as keys or values, by whom they were computed, in multiples of 32: what
   * they are stored in may be blocks of so many.
   */
  public static final int STORED = 32;

  /** The regions of a program for steps of few or of many rows. */
  public static List<Region> of(Program program, boolean manyRows) {
    Cutter cutter = new Cutter(manyRows);
    program.ops().forEach(cutter::add);
    cutter.cut(false);
    return cutter.regions;
  }

  /** The state while walking the program: which values of the current region are divided. */
  private static final class Cutter {
    private final boolean manyRows;
    private final List<Region> regions = new ArrayList<>();
    private List<Divided> current = new ArrayList<>();
    private final Map<Value, Division> divided = new HashMap<>();

    Cutter(boolean manyRows) {
      this.manyRows = manyRows;
    }

    void add(Op op) {
      Division division = division(op);
      // what is stored in one region is read in the next
      if (division == null || op instanceof Op.Attend || op instanceof Op.AttendSource) {
        cut(op instanceof Op.Attend);
        division = division(op);
      }
      if (division == null) {
        throw new IllegalStateException("no division of " + op);
      }
      current.add(new Divided(op, division));
      divided.put(op.out(), division);
    }

    /** How the op can run in the current region, or null if it cannot. */
    private @org.jspecify.annotations.Nullable Division division(Op op) {
      boolean columns = op.in().stream().anyMatch(v -> divided.get(v) == Division.COLUMNS);
      boolean rows = op.in().stream().anyMatch(v -> divided.get(v) == Division.ROWS);
      if (op.in().stream().anyMatch(v -> divided.get(v) == Division.OWN)) {
        return null;
      }
      Division alone = manyRows ? Division.ROWS : Division.EACH;
      return switch (op) {
        case Op.Linear l -> columns || rows ? null : Division.COLUMNS;
        case Op.HeadLinear l -> columns || rows ? null : Division.COLUMNS;
        case Op.Attend a -> columns || rows ? null : Division.COLUMNS;
        case Op.AttendSource a -> columns || rows ? null : Division.COLUMNS;
        case Op.ExpertsUp e -> columns || rows ? null : Division.OWN;
        case Op.ExpertsDown e -> columns || rows ? null : Division.COLUMNS;
        // a column's past is its own; rows follow each other
        case Op.CausalConv c -> rows ? null : Division.COLUMNS;
        case Op.SelectiveScan s -> columns || rows ? null : Division.COLUMNS;
        case Op.Embed e -> alone;
        case Op.Given g -> alone;
        case Op.Sinusoid s -> alone;
        case Op.SelectRows s -> columns || rows ? null : alone;
        case Op.Slice s -> columns ? null : alone;
        case Op.Join j -> columns ? null : alone;
        case Op.Route r -> columns ? null : alone;
        case Op.Norm n when n.width() == n.x().cols() -> columns ? null : alone;
        case Op.Shrink s -> columns ? null : alone;
        case Op.Expand e when divided.get(e.low()) == Division.COLUMNS -> null;
        case Op.GateRows g when divided.get(g.gate()) == Division.COLUMNS -> null;
        default -> columns && rows ? null : columns ? Division.COLUMNS : alone;
      };
    }

    /**
     * Ends the current region.
     *
     * @param stored whether at its end keys and values are stored
     */
    void cut(boolean stored) {
      if (!current.isEmpty()) {
        int unit = unit(current);
        regions.add(new Region(List.copyOf(current), stored ? lcm(unit, STORED) : unit));
        current = new ArrayList<>();
        divided.clear();
      }
    }

    private static int unit(List<Divided> ops) {
      int unit = LINE;
      for (Divided d : ops) {
        unit =
            switch (d.op()) {
              case Op.Rope r -> lcm(unit, r.headSize());
              case Op.Norm n when n.width() < n.x().cols() -> lcm(unit, n.width());
              case Op.Attend a -> lcm(1, a.heads().valueSize());
              case Op.AttendSource a -> lcm(1, a.heads().valueSize());
              case Op.Keep k -> lcm(unit, STORED);
              case Op.SelectiveScan s -> lcm(unit, s.space().size());
              default -> unit;
            };
      }
      return unit;
    }

    private static int lcm(int a, int b) {
      int x = a;
      int y = b;
      while (y != 0) {
        int rest = x % y;
        x = y;
        y = rest;
      }
      return a / x * b;
    }
  }
}
