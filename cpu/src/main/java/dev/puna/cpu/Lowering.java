package dev.puna.cpu;

import dev.puna.program.MemoryPlan;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Regions;
import dev.puna.program.Regions.Divided;
import dev.puna.program.Regions.Division;
import dev.puna.program.Regions.Region;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.Tensor;
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

  private final List<Region> regions;
  private final MemoryPlan shared;
  private final MemoryPlan own;

  Lowering(Program program, boolean manyRows, int tokens, int outputs) {
    regions = Regions.of(program, manyRows);
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
    return shared.bytes();
  }

  /** Bytes that each worker but the first needs for itself. */
  long ownBytes() {
    return own.bytes();
  }

  /**
   * Binds the kernels.
   *
   * @param sharedAt address of the shared arena
   * @param ownAt address of each worker's own memory; worker 0 needs none
   */
  CpuPlan bind(long sharedAt, long[] ownAt, Pass pass, CpuWeights weights) {
    return new Binding(sharedAt, ownAt, pass, weights).plan();
  }

  /** The state while walking the regions. */
  private final class Binding {
    private final long sharedAt;
    private final long[] ownAt;
    private final Pass pass;
    private final CpuWeights weights;

    /** Where values are once their region is done. */
    private final Map<Integer, Matrix> complete = new HashMap<>();

    /** Where values of the current region are, and how they are divided. */
    private Map<Integer, Part> current = new HashMap<>();

    private final List<List<Part>> stages = new ArrayList<>();
    private final List<CpuPlan.Traced> traced = new ArrayList<>();

    Binding(long sharedAt, long[] ownAt, Pass pass, CpuWeights weights) {
      this.sharedAt = sharedAt;
      this.ownAt = ownAt;
      this.pass = pass;
      this.weights = weights;
    }

    CpuPlan plan() {
      for (Region region : regions) {
        List<List<Part>> stores = new ArrayList<>();
        if (region.ops().getFirst().op() instanceof Op.Attend attend) {
          List<Part> pair = List.of(store(attend, true), store(attend, false));
          stages.getLast().addAll(pair);
          stores.add(pair);
        }
        current = new HashMap<>();
        List<Part> parts = new ArrayList<>();
        for (Divided d : region.ops()) {
          Part part = part(d, region.unit());
          parts.add(part);
          List<List<Part>> alone = new ArrayList<>(stores);
          alone.add(List.of(part));
          traced.add(new CpuPlan.Traced(d.op().out(), new Stages(pass, alone)));
          stores.clear();
        }
        stages.add(parts);
      }
      return new CpuPlan(new Stages(pass, stages), traced, complete);
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
      Part part = new Part(kernel(d.op(), matrix), matrix, d.division(), unit);
      current.put(out.id(), part);
      return part;
    }

    /** Stores k or v: divided as it was in the region that ends, or as suits if it is older. */
    private Part store(Op.Attend attend, boolean keys) {
      Value value = keys ? attend.k() : attend.v();
      StoreKernel kernel = new StoreKernel(attend.state(), keys, matrix(value));
      Part source = current.get(value.id());
      return source == null || source.division() == Division.EACH
          ? new Part(kernel, kernel.x(), Division.COLUMNS, LINE)
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

    private Kernel kernel(Op op, Matrix out) {
      return switch (op) {
        case Op.Embed o -> {
          Tensor table = weights.tensor(o.table());
          yield new EmbedKernel(table.type(), address(table), table.rowBytes(), out);
        }
        case Op.Norm o ->
            new NormKernel(
                o.kind(), o.width(), matrix(o.x()), vector(o.gain()), vector(o.bias()), out);
        case Op.Linear o -> {
          Tensor w = weights.tensor(o.weight());
          yield new LinearKernel(
              w.type(), address(w), w.rowBytes(), matrix(o.x()), out, vector(o.bias()));
        }
        case Op.Rope o ->
            new RopeKernel(pass.rotary(o.rotation()), o.headSize(), matrix(o.x()), out);
        case Op.Attend o -> new AttendKernel(o.heads(), o.mask(), o.state(), matrix(o.q()), out);
        case Op.Glu o -> new ActivateKernel(o.activation(), matrix(o.gate()), matrix(o.up()), out);
        case Op.Activate o -> new ActivateKernel(o.activation(), matrix(o.x()), null, out);
        case Op.Add o -> new AddKernel(matrix(o.a()), matrix(o.b()), out);
        case Op.SelectRows o -> new SelectRowsKernel(matrix(o.x()), out);
        default -> throw new UnsupportedOperationException(op.toString());
      };
    }

    private long address(Tensor tensor) {
      return tensor.data().address();
    }

    /** Address of a vector, which is held in single precision; 0 if there is none. */
    private long vector(@Nullable Weight weight) {
      return weight == null ? 0 : address(weights.tensor(weight));
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
