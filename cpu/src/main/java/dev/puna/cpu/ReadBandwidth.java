package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** How fast the machine reads memory: the ceiling of decoding. */
public final class ReadBandwidth {
  private ReadBandwidth() {}

  private static final long BYTES = 256L << 20;
  private static final int PASSES = 8;

  /** Bytes that a kernel is called for. */
  private static final long STRETCH = 1 << 20;

  private static final @Nullable RowKernels ROWS = RowKernels.best();

  /**
   * Gigabytes (10⁹) per second: the best of several passes over 256 MiB.
   *
   * @param threads 0 takes all cores
   */
  public static double gigabytesPerSecond(int threads) {
    int workers = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    try (ThreadTeam team = new ThreadTeam(workers)) {
      return gigabytesPerSecond(team);
    }
  }

  /** The same with an idle team. */
  public static double gigabytesPerSecond(ThreadTeam team) {
    try (Arena arena = Arena.ofShared()) {
      Sum sum = Sum.of(arena, team.workers());
      double best = Double.POSITIVE_INFINITY;
      for (int pass = 0; pass < PASSES; pass++) {
        long begin = System.nanoTime();
        team.run(sum);
        best = Math.min(best, System.nanoTime() - begin);
      }
      if (sum.total() != 0) {
        throw new AssertionError("zeros add up to " + sum.total());
      }
      return BYTES / best;
    }
  }

  private record Sum(long address, float[] sums, long[] arguments) implements ThreadTeam.Work {
    private static final int LINE = 16;

    static Sum of(Arena arena, int workers) {
      long[] arguments = new long[workers];
      for (int w = 0; w < workers; w++) {
        arguments[w] = arena.allocate(RowKernels.ARGUMENTS_BYTES, 64).address();
      }
      return new Sum(arena.allocate(BYTES, 64).address(), new float[workers * LINE], arguments);
    }

    @Override
    public int regions() {
      return 1;
    }

    @Override
    public void run(int region, int worker, int workers) {
      long lines = BYTES / 256;
      long from = lines * worker / workers * 256;
      long to = lines * (worker + 1) / workers * 256;
      sums[worker * LINE] = squares(address + from, to - from, arguments[worker]);
    }

    float total() {
      float total = 0;
      for (float sum : sums) {
        total += sum;
      }
      return total;
    }
  }

  /** Σ (x - 0)², for the reading's sake. */
  private static float squares(long address, long bytes, long arguments) {
    float sum = 0;
    for (long at = 0; at < bytes; at += STRETCH) {
      int cols = (int) (Math.min(STRETCH, bytes - at) / 4);
      sum +=
          ROWS == null
              ? VectorRows.squares(address + at, 0, cols)
              : ROWS.squares(arguments, address + at, 0, cols);
    }
    return sum;
  }
}
