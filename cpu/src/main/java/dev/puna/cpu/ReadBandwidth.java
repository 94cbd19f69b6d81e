package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;

/** How fast the machine reads memory: the ceiling of decoding. */
public final class ReadBandwidth {
  private ReadBandwidth() {}

  private static final long BYTES = 256L << 20;
  private static final int PASSES = 8;

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
      Sum sum = new Sum(arena.allocate(BYTES, 64).address(), team.workers());
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

  private record Sum(long address, float[] sums) implements ThreadTeam.Work {
    private static final int LINE = 16;

    Sum(long address, int workers) {
      this(address, new float[workers * LINE]);
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
      sums[worker * LINE] = sum(address + from, to - from);
    }

    float total() {
      float total = 0;
      for (float sum : sums) {
        total += sum;
      }
      return total;
    }
  }

  /** In four chains: additions take longer than loads. */
  private static float sum(long address, long bytes) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (long at = address; at < address + bytes; at += 16L * L) {
      a0 = a0.add(Lanes.load(at));
      a1 = a1.add(Lanes.load(at + 4L * L));
      a2 = a2.add(Lanes.load(at + 8L * L));
      a3 = a3.add(Lanes.load(at + 12L * L));
    }
    return Lanes.sum(a0.add(a1).add(a2.add(a3)));
  }
}
