package dev.puna.cpu;

import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A program for the thread team: one plan for steps of few rows, one for steps of many. */
public final class CpuExecutable implements Executable {
  /** Up to so many rows, what is not divided by columns is computed by every worker for itself. */
  private static final int FEW = 8;

  private final Program program;
  private final ThreadTeam team;
  private final CpuWeights weights;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment activations;
  private final Pass pass;
  private final CpuPlan few;
  private final @Nullable CpuPlan many;
  private @Nullable CpuPlan latest;
  private int tokens;
  private int outputs;

  CpuExecutable(Program program, CpuWeights weights, Limits limits, ThreadTeam team) {
    this.program = program;
    this.team = team;
    this.weights = weights;
    int workers = team.workers();
    pass = new Pass(program, limits, workers, arena);
    Lowering forFew =
        new Lowering(
            program, weights, false, Math.min(FEW, limits.rows()), Math.min(FEW, limits.outputs()));
    Lowering forMany =
        limits.rows() > FEW
            ? new Lowering(program, weights, true, limits.rows(), limits.outputs())
            : null;
    long bytes = Math.max(forFew.sharedBytes(), forMany == null ? 0 : forMany.sharedBytes());
    long ownBytes = Math.max(forFew.ownBytes(), forMany == null ? 0 : forMany.ownBytes());
    activations = arena.allocate(bytes + Memory.PADDING, 64);
    long[] own = new long[workers];
    for (int worker = 1; worker < workers; worker++) {
      own[worker] = arena.allocate(ownBytes + Memory.PADDING, 64).address();
    }
    few = forFew.bind(activations.address(), own, pass);
    many = forMany == null ? null : forMany.bind(activations.address(), own, pass);
  }

  @Override
  public void give(String name, float[] rows) {
    pass.give(name, rows);
  }

  @Override
  public void run(Step step, State state) {
    CpuPlan plan = begin(step, state);
    if (step.tokens() > 0) {
      team.run(plan.stages());
    }
    latest = plan;
  }

  @Override
  public void trace(Step step, State state, Trace trace) {
    CpuPlan plan = begin(step, state);
    for (CpuPlan.Traced traced : plan.traced()) {
      if (step.tokens() > 0) {
        team.run(traced.stages());
      }
      Value value = traced.value();
      trace.value(value, value.rows(tokens, outputs), memory(plan, value));
    }
    latest = plan;
  }

  private CpuPlan begin(Step step, State state) {
    latest = null;
    if (!arena.scope().isAlive() || !weights.open()) {
      throw new IllegalStateException("the program or its weights are closed");
    }
    pass.begin(step, state);
    tokens = step.tokens();
    outputs = step.outputs();
    return many == null || tokens <= FEW && outputs <= FEW ? few : many;
  }

  @Override
  public MemorySegment result(String name) {
    if (latest == null) {
      throw new IllegalStateException("nothing has run");
    }
    return memory(latest, program.result(name));
  }

  private MemorySegment memory(CpuPlan plan, Value value) {
    Matrix matrix = plan.values().get(value.id());
    if (matrix == null) {
      throw new IllegalStateException(value.name() + " is not of this program");
    }
    long at = matrix.at(0, 0, 0) - activations.address();
    return activations.asSlice(at, matrix.stride() * value.rows(tokens, outputs)).asReadOnly();
  }

  /** Memory held for activations, in bytes. */
  public long bytes() {
    return activations.byteSize();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
