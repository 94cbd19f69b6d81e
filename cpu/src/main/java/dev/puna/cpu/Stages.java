package dev.puna.cpu;

import dev.puna.program.Value;
import java.util.Arrays;
import java.util.List;

/** Parts to run in turn within each stage, and all workers to meet after it. */
final class Stages implements ThreadTeam.Work {
  private final Pass pass;
  private final Part[][] stages;

  /** Stages that have something to do when no results are wanted: all but trailing ones. */
  private final int needed;

  Stages(Pass pass, List<List<Part>> stages) {
    this.pass = pass;
    this.stages = stages.stream().map(s -> s.toArray(Part[]::new)).toArray(Part[][]::new);
    int count = this.stages.length;
    while (count > 0 && Arrays.stream(this.stages[count - 1]).allMatch(Stages::isForOutputs)) {
      count--;
    }
    needed = count;
  }

  private static boolean isForOutputs(Part part) {
    return part.matrix().value().rows() == Value.Rows.OUTPUTS;
  }

  @Override
  public int regions() {
    return pass.step().outputs() == 0 ? needed : stages.length;
  }

  @Override
  public void run(int region, int worker, int workers) {
    for (Part part : stages[region]) {
      part.run(pass, worker, workers);
    }
  }
}
