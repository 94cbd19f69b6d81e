package dev.puna.cpu;

import dev.puna.program.Value;
import java.util.List;
import java.util.Map;

/**
 * A program with its kernels bound to memory, for steps of few or of many rows.
 *
 * @param stages its regions
 * @param traced its ops one by one; for an attention the stores come first
 * @param values where values are once their region is done, by number
 */
record CpuPlan(Stages stages, List<Traced> traced, Map<Integer, Matrix> values) {
  /** An op's stages by themselves. */
  record Traced(Value value, Stages stages) {}
}
