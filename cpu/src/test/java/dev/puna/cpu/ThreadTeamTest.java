package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadTeamTest {
  /** Counts the shares done of each region, and whether a region began before the last was done. */
  private static final class Counting implements ThreadTeam.Work {
    final AtomicIntegerArray shares;
    volatile boolean early;

    Counting(int regions) {
      shares = new AtomicIntegerArray(regions);
    }

    @Override
    public int regions() {
      return shares.length();
    }

    @Override
    public void run(int region, int worker, int workers) {
      if (region > 0 && shares.get(region - 1) % workers != 0) {
        early = true;
      }
      shares.incrementAndGet(region);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 16})
  void everyWorkerDoesEveryRegionAfterTheOneBefore(int workers) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          try (ThreadTeam team = new ThreadTeam(workers)) {
            Counting work = new Counting(7);
            int runs = 300;
            for (int i = 0; i < runs; i++) {
              team.run(work);
              for (int r = 0; r < 7; r++) {
                assertThat(work.shares.get(r)).isEqualTo((i + 1) * workers);
              }
            }
            assertThat(work.early).isFalse();
          }
        });
  }

  @Test
  void wakesWorkersThatSleep() throws InterruptedException {
    try (ThreadTeam team = new ThreadTeam(4)) {
      Counting work = new Counting(3);
      for (int i = 1; i <= 5; i++) {
        Thread.sleep(20);
        team.run(work);
        assertThat(work.shares.get(2)).isEqualTo(4 * i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void exceptionsReachTheCaller(int failing) {
    try (ThreadTeam team = new ThreadTeam(3)) {
      ThreadTeam.Work bad =
          new ThreadTeam.Work() {
            @Override
            public int regions() {
              return 4;
            }

            @Override
            public void run(int region, int worker, int workers) {
              if (region == 1 && worker == failing) {
                throw new IllegalArgumentException("worker " + worker);
              }
            }
          };
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> team.run(bad)).hasMessage("worker " + failing);
        Counting good = new Counting(2);
        team.run(good);
        assertThat(good.shares.get(1)).isEqualTo(3);
      }
    }
  }

  @Test
  void closingEndsTheThreads() {
    ThreadTeam team = new ThreadTeam(4);
    team.run(new Counting(1));
    team.close();
    team.close();
    assertThatThrownBy(() -> team.run(new Counting(1))).hasMessageContaining("closed");
  }
}
