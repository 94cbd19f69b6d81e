package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static Sequence sequence(int prompt, int tokens) {
    Stop stop = new Stop(tokens, List.of(), true);
    Request request = new Request(new int[prompt], Sampling.greedy(), stop);
    return new Sequence(request, new Generation(prompt), 1000, TextForm.PLAIN, Set.of(), null);
  }

  /** A hundred texts of random lengths through a small pool, the model replaced by zeros. */
  @Test
  void everyTextEndsAndGivesItsBlocksBack() {
    Random random = new Random(5);
    KvPool pool = new KvPool(20, 4);
    Scheduler scheduler = new Scheduler(pool, 16, 5);
    List<Sequence> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Sequence s = sequence(1 + random.nextInt(40), 1 + random.nextInt(30));
      all.add(s);
      scheduler.add(s);
    }
    while (!scheduler.idle()) {
      List<Scheduler.Part> parts = scheduler.next();
      check(parts);
      for (Scheduler.Part part : parts) {
        boolean draws = part.draws();
        part.sequence().advance(part.count());
        if (draws && part.sequence().accept(new float[3])) {
          scheduler.remove(part.sequence());
        }
      }
    }
    assertThat(pool.free()).isEqualTo(pool.total());
    for (Sequence s : all) {
      assertThat(s.generation.await().tokens()).hasSize(s.request.stop().tokens());
    }
  }

  /** Not too many rows, no block twice, every position covered, rows in order. */
  private static void check(List<Scheduler.Part> parts) {
    assertThat(parts).isNotEmpty().hasSizeLessThanOrEqualTo(5);
    assertThat(parts.stream().mapToInt(Scheduler.Part::count).sum()).isBetween(1, 16);
    Set<Integer> blocks = new HashSet<>();
    for (Scheduler.Part part : parts) {
      assertThat(part.from()).isEqualTo(part.sequence().done());
      assertThat(part.sequence().blocks.length * 4)
          .isGreaterThanOrEqualTo(part.from() + part.count());
      for (int block : part.sequence().blocks) {
        assertThat(blocks.add(block)).as("block %d is owned once", block).isTrue();
        assertThat(block).isBetween(0, 19);
      }
    }
  }

  @Test
  void decodesBeforeItReadsPrompts() {
    Scheduler scheduler = new Scheduler(new KvPool(100, 4), 8, 4);
    Sequence early = sequence(3, 10);
    scheduler.add(early);
    scheduler.next();
    early.advance(3);
    early.accept(new float[3]);
    Sequence late = sequence(20, 10);
    scheduler.add(late);
    List<Scheduler.Part> parts = scheduler.next();
    assertThat(parts.get(0).sequence()).isSameAs(early);
    assertThat(parts.get(0).count()).isEqualTo(1);
    assertThat(parts.get(1).sequence()).isSameAs(late);
    assertThat(parts.get(1).count()).isEqualTo(7);
    assertThat(parts.get(1).draws()).isFalse();
  }

  @Test
  void cancelledTextsEnd() {
    KvPool pool = new KvPool(20, 4);
    Scheduler scheduler = new Scheduler(pool, 16, 1);
    Sequence running = sequence(4, 50);
    Sequence waiting = sequence(4, 50);
    scheduler.add(running);
    scheduler.add(waiting);
    scheduler.next();
    running.generation.cancel();
    waiting.generation.cancel();
    scheduler.dropCancelled();
    assertThat(scheduler.idle()).isTrue();
    assertThat(pool.free()).isEqualTo(20);
    assertThat(waiting.generation.await().finish()).isEqualTo(Generation.Finish.CANCELLED);
  }
}
