package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.engine.Uniform.Purpose;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UniformTest {
  /** Chi-square over 64 classes, 63 degrees: beyond 130 one in a million. */
  private static void assertEven(String what, int[] counts, int draws) {
    double expected = draws / (double) counts.length;
    double chi = 0;
    for (int c : counts) {
      chi += (c - expected) * (c - expected) / expected;
    }
    assertThat(chi).as("%s", what).isBetween(20.0, 130.0);
  }

  @Test
  void areEvenOverPositionsAndOverSeeds() {
    int draws = 64_000;
    for (Purpose purpose : Purpose.values()) {
      for (long seed : new long[] {0, 1, 42, -1, Long.MIN_VALUE}) {
        int[] counts = new int[64];
        for (int p = 0; p < draws; p++) {
          counts[(int) (Uniform.at(seed, p, purpose) * 64)]++;
        }
        assertEven("positions, seed " + seed, counts, draws);
      }
      for (int position : new int[] {0, 1, 4096}) {
        int[] counts = new int[64];
        for (int seed = 0; seed < draws; seed++) {
          counts[(int) (Uniform.at(seed, position, purpose) * 64)]++;
        }
        assertEven("seeds, position " + position, counts, draws);
      }
    }
  }

  /**
   * Pairs: neighbours in position, in seed, in purpose and in sample tell nothing of each other.
   */
  @Test
  void neighboursAreIndependent() {
    int draws = 64_000;
    int[][] counts = new int[4][64];
    for (int i = 0; i < draws; i++) {
      int at = (int) (Uniform.at(5, i, Purpose.TOKEN) * 8) * 8;
      counts[0][at + (int) (Uniform.at(5, i + 1, Purpose.TOKEN) * 8)]++;
      counts[1][at + (int) (Uniform.at(6, i, Purpose.TOKEN) * 8)]++;
      counts[2][at + (int) (Uniform.at(5, i, Purpose.XTC) * 8)]++;
      counts[3][at + (int) (Uniform.at(Uniform.seed(5, 1), i, Purpose.TOKEN) * 8)]++;
    }
    for (int[] pairs : counts) {
      assertEven("pairs", pairs, draws);
    }
  }

  @Test
  void liveInTheirRange() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      assertThat(Uniform.at(random.nextLong(), random.nextInt() >>> 1, Purpose.TOKEN))
          .isGreaterThanOrEqualTo(0)
          .isLessThan(1);
    }
  }

  @Test
  void samplesHaveSeedsOfTheirOwn() {
    Set<Long> seeds = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      assertThat(Uniform.seed(seed, 0)).isEqualTo(seed);
      for (int i = 0; i < 100; i++) {
        assertThat(seeds.add(Uniform.seed(seed, i))).as("%d of %d", i, seed).isTrue();
      }
    }
  }
}
