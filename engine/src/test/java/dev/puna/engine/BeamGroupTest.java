package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Beams beside other texts, in the model that keeps tokens where keys and values would be. */
class BeamGroupTest {
  private static final int VOCAB = TokenModel.VOCAB;
  private static final int LIMIT = 40;

  private static int[] prompt(Random random) {
    return random.ints(1 + random.nextInt(20), 0, VOCAB).toArray();
  }

  private static BeamGeneration submit(TokenModel model, int[] prompt, Beams beams, int tokens) {
    BeamGeneration generation = new BeamGeneration();
    TextSetting setting = model.setting(LIMIT);
    model.scheduler.add(
        new BeamGroup(
            request(prompt, tokens),
            beams,
            generation,
            setting,
            model.pool,
            model,
            () -> null,
            -1));
    return generation;
  }

  private static Request request(int[] prompt, int tokens) {
    return new Request(prompt, Sampling.greedy(), new Stop(tokens, List.of(), true).ids(Set.of(3)));
  }

  /** Each search finds what it finds alone, each text likewise, and all blocks come back. */
  @ParameterizedTest
  @CsvSource({"64, false", "64, true", "60, false", "60, true"})
  void beamsShareBlocksAndGiveThemBack(int blocks, boolean keepsWhole) {
    Random random = new Random(8);
    TokenModel model =
        new TokenModel(blocks, keepsWhole, running -> {}, new Scheduler.Room(16, 16, 6, 0));
    List<Runnable> checks = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int[] prompt = prompt(random);
      int tokens = 1 + random.nextInt(19);
      if (i % 3 == 0) {
        Generation generation = model.submit(request(prompt, tokens), LIMIT);
        Beams one = Beams.of(1).early(Beams.EarlyStopping.TRUE);
        List<Integer> expected = alone(prompt, one, tokens).getFirst().tokens();
        checks.add(() -> assertThat(generation.await().tokens()).isEqualTo(expected));
      } else {
        Beams beams = Beams.of(1 + random.nextInt(6)).lengthPenalty(i % 4 - 1);
        BeamGeneration generation = submit(model, prompt, beams, tokens);
        List<List<Integer>> expected =
            alone(prompt, beams, tokens).stream().map(BeamSearch.Hypothesis::tokens).toList();
        checks.add(
            () ->
                assertThat(generation.await().stream().map(r -> r.result().tokens()).toList())
                    .isEqualTo(expected));
      }
    }
    model.runToEnd();
    checks.forEach(Runnable::run);
    assertThat(model.pool.free()).isEqualTo(model.pool.total());
    assertThat(model.copies).isPositive();
  }

  /** The search without blocks or scheduler. */
  private static List<BeamSearch.Hypothesis> alone(int[] prompt, Beams beams, int tokens) {
    BeamSearch search = new BeamSearch(beams, Math.min(tokens, LIMIT - prompt.length), Set.of(3));
    List<List<Integer>> texts = List.of(java.util.Arrays.stream(prompt).boxed().toList());
    while (!search.over()) {
      for (int i = 0; i < texts.size(); i++) {
        float[] row = TokenModel.logits(texts.get(i));
        double total = 0;
        for (float x : row) {
          total += Math.exp(x);
        }
        for (int v = 0; v < row.length; v++) {
          row[v] = (float) (row[v] - Math.log(total));
        }
        search.offer(i, row);
      }
      List<List<Integer>> next = new ArrayList<>();
      for (BeamSearch.Continuation c : search.advance()) {
        List<Integer> longer = new ArrayList<>(texts.get(c.parent()));
        longer.add(c.token());
        next.add(longer);
      }
      texts = next;
    }
    return search.ranked();
  }

  /** Four beams of a prompt of 4 full blocks hold those once. */
  @Test
  void fullBlocksOfThePromptAreHeldOnce() {
    TokenModel model = new TokenModel(64, 32, 6);
    Beams beams = Beams.of(4).early(Beams.EarlyStopping.NEVER);
    BeamGeneration search = submit(model, new int[18], beams, 20);
    model.step(); // reads the prompt
    model.scheduler.next(); // each beam's first token into a block of its own
    assertThat(model.pool.free()).isEqualTo(64 - (4 + 4));
    search.cancel();
    model.scheduler.dropEnded();
    assertThat(model.pool.free()).isEqualTo(64);
    assertThat(search.await()).isNotEmpty();
  }

  @Test
  void aCancelledSearchGivesItsBestSoFar() {
    TokenModel model = new TokenModel(64, 16, 6);
    BeamGeneration running = submit(model, new int[] {1, 2, 3, 4, 5}, Beams.of(4), 30);
    BeamGeneration waiting = submit(model, new int[] {1}, Beams.of(4), 30);
    for (int i = 0; i < 3; i++) {
      model.step();
    }
    running.cancel();
    waiting.cancel();
    model.scheduler.dropEnded();
    assertThat(model.scheduler.idle()).isTrue();
    assertThat(model.pool.free()).isEqualTo(model.pool.total());
    assertThat(running.await()).hasSize(4);
    assertThat(running.await().getFirst().result().tokens()).isNotEmpty();
    assertThat(waiting.await().getFirst().result().tokens()).isEmpty();
  }
}
