package dev.puna.cpu;

import dev.puna.program.MemoryPlan;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Regions;
import dev.puna.program.Regions.Divided;
import dev.puna.program.Regions.Division;
import dev.puna.program.Regions.Region;
import dev.puna.program.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From a program to kernels: cuts it into regions, plans its memory, and binds each op's kernel to
 * its operands' addresses.
 *
 * <p>A value that every worker computes for itself lies in the worker's own memory; worker 0's is
 * in the shared arena, where later regions and the caller find it. Keys and values are written to
 * the state at the end of the region before their attention's, each part by the worker that
 * computed it, so that the barrier between the two completes the state as well.
 */
final class Lowering {
  /** Columns that nobody else has a say in are divided by cache lines. */
  private static final int LINE = 16;

  private final CpuWeights weights;
  private final boolean manyRows;
  private final List<Region> regions;
  private final List<QuantizedInputs> inputs;
  private final MemoryPlan shared;
  private final MemoryPlan own;

  Lowering(Program program, CpuWeights weights, boolean manyRows, int tokens, int outputs) {
    this.weights = weights;
    this.manyRows = manyRows;
    regions = Regions.of(program, manyRows);
    inputs = regions.stream().map(r -> new QuantizedInputs(r, weights, tokens, outputs)).toList();
    List<List<Op>> groups = new ArrayList<>();
    Set<Integer> each = new HashSet<>();
    for (Region region : regions) {
      groups.add(region.ops().stream().map(Divided::op).toList());
      for (Divided d : region.ops()) {
        if (d.division() == Division.EACH) {
          each.add(d.op().out().id());
        }
      }
    }
    shared = MemoryPlan.of(groups, program.results(), tokens, outputs, op -> true);
    own = MemoryPlan.of(groups, List.of(), tokens, outputs, op -> each.contains(op.out().id()));
  }

  /** Bytes of the arena that all workers share. */
  long sharedBytes() {
    return roundUp(shared.bytes()) + inputBytes();
  }

  /** Bytes that each worker but the first needs for itself. */
  long ownBytes() {
    return roundUp(own.bytes()) + inputBytes();
  }

  private long inputBytes() {
    return inputs.stream().mapToLong(QuantizedInputs::bytes).max().orElse(0);
  }

  private static long roundUp(long bytes) {
    return (bytes + 63) & -64L;
  }

  /**
   * Binds the kernels.
   *
   * @param sharedAt address of the shared arena
   * @param ownAt address of each worker's own memory; worker 0 needs none
   */
  CpuPlan bind(long sharedAt, long[] ownAt, Pass pass) {
    return new Binding(sharedAt, ownAt, pass).plan();
  }

  /** The state while walking the regions. */
  private final class Binding {
    private final long sharedAt;
    private final long[] ownAt;
    private final Pass pass;

    /** Where values are once their region is done. */
    private final Map<Integer, Matrix> complete = new HashMap<>();

    /** Where values of the current region are, and how they are divided. */
    private Map<Integer, Part> current = new HashMap<>();

    /** What the current region's products with packed weights read. */
    private QuantizedInputs quantized = inputs.getFirst();

    /** Those that a worker has quantized in the current region. */
    private final Set<QuantizedInputs.Input> already = new HashSet<>();

    private final List<List<Part>> stages = new ArrayList<>();
    private final List<CpuPlan.Traced> traced = new ArrayList<>();

    Binding(long sharedAt, long[] ownAt, Pass pass) {
      this.sharedAt = sharedAt;
      this.ownAt = ownAt;
      this.pass = pass;
    }

    CpuPlan plan() {
      for (int i = 0; i < regions.size(); i++) {
        Region region = regions.get(i);
        quantized = inputs.get(i);
        already.clear();
        if (manyRows && !quantized.all().isEmpty()) {
          quantizeBefore(i);
        }
        List<List<Part>> stores = new ArrayList<>();
        if (region.ops().getFirst().op() instanceof Op.Attend attend) {
          List<Part> stored = stores(attend.state(), attend.k(), attend.v());
          stages.getLast().addAll(stored);
          stores.add(stored);
        }
        current = new HashMap<>();
        List<Part> parts = new ArrayList<>();
        for (Divided d : region.ops()) {
          List<Part> quantize = quantize(d, parts);
          Part part = part(d, region.unit());
          List<Part> all = new ArrayList<>(List.of(part));
          if (d.op() instanceof Op.Keep keep) {
            all.addAll(stores(keep.state(), keep.k(), keep.v()));
          }
          parts.addAll(all);
          List<List<Part>> alone = new ArrayList<>(stores);
          alone.add(quantize);
          alone.add(all);
          traced.add(new CpuPlan.Traced(d.op().out(), new Stages(pass, alone)));
          stores.clear();
        }
        stages.add(parts);
      }
      return new CpuPlan(new Stages(pass, stages), traced, complete);
    }

    /** Many rows are quantized by all workers, each its own, before the region begins. */
    private void quantizeBefore(int region) {
      List<Part> parts = new ArrayList<>();
      for (QuantizedInputs.Input input : quantized.all()) {
        parts.add(quantize(input));
      }
      boolean ownRows =
          quantized.all().stream()
              .map(in -> current.get(in.x().id()))
              .allMatch(p -> p != null && p.division() == Division.ROWS);
      if (ownRows && inputs.get(region - 1).all().isEmpty()) {
        stages
            .getLast()
            .addAll(parts); // the rows are the worker's own, and nobody reads the memory
      } else {
        stages.add(parts);
      }
    }

    /** Few rows are quantized by every worker for itself, where they are first multiplied. */
    private List<Part> quantize(Divided d, List<Part> parts) {
      Panels panels = d.op() instanceof Op.Linear linear ? weights.panels(linear.weight()) : null;
      if (panels == null) {
        return List.of();
      }
      QuantizedInputs.Input input = quantized.of((Op.Linear) d.op(), panels.layout());
      Part part = quantize(input);
      if (!manyRows && already.add(input)) {
        parts.add(part);
      }
      return List.of(part);
    }

    private Part quantize(QuantizedInputs.Input input) {
      Kernel kernel =
          new QuantizeRowsKernel(
              weights.product(input.layout()), matrix(input.x()), addresses(input));
      Division division = manyRows ? Division.ROWS : Division.EACH;
      return new Part(kernel, matrix(input.x()), division, LINE);
    }

    /** Where each worker finds an input. */
    private long[] addresses(QuantizedInputs.Input input) {
      long[] at = new long[ownAt.length];
      Arrays.fill(at, sharedAt + roundUp(shared.bytes()) + input.offset());
      for (int worker = 1; !manyRows && worker < at.length; worker++) {
        at[worker] = ownAt[worker] + roundUp(own.bytes()) + input.offset();
      }
      return at;
    }

    private Kernel kernel(Op op, Matrix out) {
      if (op instanceof Op.Linear linear) {
        Panels panels = weights.panels(linear.weight());
        if (panels != null) {
          long bias = linear.bias() == null ? 0 : weights.numbers(linear.bias());
          long[] x = addresses(quantized.of(linear, panels.layout()));
          return new PanelLinearKernel(weights.product(panels.layout()), panels, bias, x, out);
        }
      }
      return Kernels.of(op, out, this::matrix, pass, weights);
    }

    private Part part(Divided d, int unit) {
      Value out = d.op().out();
      long[] at = new long[ownAt.length];
      Arrays.fill(at, sharedAt + offset(shared, out));
      complete.put(out.id(), new Matrix(out, at));
      if (d.division() == Division.EACH) {
        at = at.clone();
        for (int worker = 1; worker < at.length; worker++) {
          at[worker] = ownAt[worker] + offset(own, out);
        }
      }
      Matrix matrix = new Matrix(out, at);
      Kernel kernel = kernel(d.op(), matrix);
      Part part = new Part(kernel, matrix, d.division(), unit);
      current.put(out.id(), part);
      return part;
    }

    /** Stores k and, if they are not part of it, v. */
    private List<Part> stores(int state, Value k, @Nullable Value v) {
      Part keys = store(state, true, k);
      return v == null ? List.of(keys) : List.of(keys, store(state, false, v));
    }

    /** Divided as it was in the region that ends, or as suits if it is older. */
    private Part store(int state, boolean keys, Value value) {
      StoreKernel kernel = new StoreKernel(state, keys, matrix(value));
      Part source = current.get(value.id());
      return source == null || source.division() == Division.EACH
          ? new Part(kernel, kernel.x(), Division.COLUMNS, Regions.STORED)
          : new Part(kernel, kernel.x(), source.division(), source.unit());
    }

    /** A value as this region's workers read it. */
    private Matrix matrix(Value value) {
      Part part = current.get(value.id());
      Matrix matrix = part != null ? part.matrix() : complete.get(value.id());
      if (matrix == null) {
        throw new IllegalStateException(value.name() + " is read before it is written");
      }
      return matrix;
    }

    private static long offset(MemoryPlan plan, Value value) {
      Long offset = plan.offsets().get(value.id());
      if (offset == null) {
        throw new IllegalStateException(value.name() + " has no memory");
      }
      return offset;
    }
  }
}
