package dev.puna.cpu;

import dev.puna.cpu.kernels.MultiplyKernel;
import java.lang.foreign.Arena;
import java.util.Optional;

/** How fast the machine multiplies and adds: the ceiling of prefill. */
public final class MultiplyRate {
  private MultiplyRate() {}

  private static final int ROUNDS = 1 << 20;
  private static final int PASSES = 5;

  /**
   * Billions of multiply-adds per second by all threads, the best of several passes; NaN where no
   * machine code runs.
   *
   * @param threads 0 takes all cores
   * @param bytes whether products of bytes are summed up, rather than of single-precision numbers
   */
  public static double gigamacsPerSecond(int threads, boolean bytes) {
    Optional<MultiplyKernel> kernel = MultiplyKernel.of(bytes);
    if (kernel.isEmpty()) {
      return Double.NaN;
    }
    int workers = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(workers)) {
      long rounds = arena.allocate(8).address();
      Memory.i64(rounds, ROUNDS);
      Work work = new Work(kernel.get(), rounds, new long[workers]);
      double best = Double.POSITIVE_INFINITY;
      for (int pass = 0; pass < PASSES; pass++) {
        long begin = System.nanoTime();
        team.run(work);
        best = Math.min(best, System.nanoTime() - begin);
      }
      return (double) ROUNDS * work.each()[0] * workers / best;
    }
  }

  private record Work(MultiplyKernel kernel, long rounds, long[] each) implements ThreadTeam.Work {
    @Override
    public int regions() {
      return 1;
    }

    @Override
    public void run(int region, int worker, int workers) {
      each[worker] = kernel.run(rounds);
    }
  }
}
