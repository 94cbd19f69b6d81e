package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.program.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Beams beside other texts, the model replaced by one that keeps tokens in the state's blocks where
 * keys and values would be, and looks whether each sequence finds its own there.
 */
class BeamGroupTest {
  private static final int BLOCK = 4;
  private static final int VOCAB = 12;

  /** The tokens in the place of keys and values. */
  private static final class Tokens implements State {
    private final int[][] blocks;
    private int copies;

    Tokens(int blocks) {
      this.blocks = new int[blocks][BLOCK];
    }

    void run(Scheduler.Part part) {
      Sequence s = part.sequence();
      for (int position = part.from(); position < part.from() + part.count(); position++) {
        blocks[s.blocks[position / BLOCK]][position % BLOCK] = s.token(position);
      }
    }

    List<Integer> read(Sequence s, int length) {
      List<Integer> all = new ArrayList<>();
      for (int position = 0; position < length; position++) {
        all.add(blocks[s.blocks[position / BLOCK]][position % BLOCK]);
      }
      return all;
    }

    @Override
    public void copyPlace(int from, int to) {}

    @Override
    public void copyBlock(int from, int to) {
      copies++;
      blocks[to] = blocks[from].clone();
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {}
  }

  /** Logits that are a function of the text. */
  private static float[] logits(List<Integer> text) {
    Random random = new Random(text.hashCode());
    float[] logits = new float[VOCAB];
    for (int i = 0; i < VOCAB; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    return logits;
  }

  private static int[] prompt(Random random) {
    return random.ints(1 + random.nextInt(20), 0, VOCAB).toArray();
  }

  private final Tokens state = new Tokens(64);
  private final KvPool pool = new KvPool(64, BLOCK);
  private final Scheduler scheduler = new Scheduler(pool, 16, 6);

  private BeamGeneration beams(int[] prompt, Beams beams, int tokens) {
    BeamGeneration generation = new BeamGeneration();
    Request request =
        new Request(prompt, Sampling.greedy(), new Stop(tokens, List.of(), true).ids(Set.of(3)));
    scheduler.add(
        new BeamGroup(request, beams, generation, 40, TextForm.PLAIN, Set.of(), state, () -> null));
    return generation;
  }

  private Generation text(int[] prompt, int tokens) {
    Generation generation = new Generation(prompt.length);
    Request request =
        new Request(prompt, Sampling.greedy(), new Stop(tokens, List.of(), true).ids(Set.of(3)));
    scheduler.add(new Sequence(request, generation, 40, TextForm.PLAIN, Set.of(), null));
    return generation;
  }

  private void step() {
    scheduler.dropCancelled();
    List<Scheduler.Part> parts = scheduler.next();
    parts.forEach(state::run);
    for (Scheduler.Part part : parts) {
      Sequence s = part.sequence();
      List<Integer> text = new ArrayList<>();
      for (int i = 0; i < part.from() + part.count(); i++) {
        text.add(s.token(i));
      }
      assertThat(state.read(s, text.size())).as("what the blocks hold").isEqualTo(text);
    }
    for (Scheduler.Part part : parts) {
      boolean draws = part.draws();
      List<Integer> text = state.read(part.sequence(), part.from() + part.count());
      part.sequence().advance(part.count());
      if (draws && part.job().accept(part.sequence(), logits(text))) {
        scheduler.remove(part.job());
      }
    }
  }

  /** Each search finds what it finds alone, each text likewise, and all blocks come back. */
  @Test
  void beamsShareBlocksAndGiveThemBack() {
    Random random = new Random(8);
    List<Runnable> checks = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int[] prompt = prompt(random);
      int tokens = 1 + random.nextInt(19);
      if (i % 3 == 0) {
        Generation generation = text(prompt, tokens);
        Beams one = Beams.of(1).early(Beams.EarlyStopping.TRUE);
        List<Integer> expected = alone(prompt, one, tokens).getFirst().tokens();
        checks.add(() -> assertThat(generation.await().tokens()).isEqualTo(expected));
      } else {
        Beams beams = Beams.of(1 + random.nextInt(6)).lengthPenalty(i % 4 - 1);
        BeamGeneration generation = beams(prompt, beams, tokens);
        List<List<Integer>> expected =
            alone(prompt, beams, tokens).stream().map(BeamSearch.Hypothesis::tokens).toList();
        checks.add(
            () ->
                assertThat(generation.await().stream().map(r -> r.result().tokens()).toList())
                    .isEqualTo(expected));
      }
    }
    while (!scheduler.idle()) {
      step();
    }
    checks.forEach(Runnable::run);
    assertThat(pool.free()).isEqualTo(pool.total());
    assertThat(state.copies).isPositive();
  }

  /** The search without blocks or scheduler. */
  private static List<BeamSearch.Hypothesis> alone(int[] prompt, Beams beams, int tokens) {
    BeamSearch search = new BeamSearch(beams, Math.min(tokens, 40 - prompt.length), Set.of(3));
    List<List<Integer>> texts = List.of(java.util.Arrays.stream(prompt).boxed().toList());
    while (!search.over()) {
      for (int i = 0; i < texts.size(); i++) {
        float[] row = logits(texts.get(i));
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

  @Test
  void fullBlocksOfThePromptAreHeldOnce() {
    BeamGeneration search = beams(new int[18], Beams.of(5).early(Beams.EarlyStopping.NEVER), 20);
    scheduler.next();
    // 4 full blocks of the prompt once; of the 38 tokens' other 6 blocks 5 each
    assertThat(pool.free()).isEqualTo(64 - (4 + 5 * 6));
    search.cancel();
    scheduler.dropCancelled();
    assertThat(pool.free()).isEqualTo(64);
    assertThat(search.await()).isNotEmpty();
  }

  @Test
  void aCancelledSearchGivesItsBestSoFar() {
    BeamGeneration running = beams(new int[] {1, 2, 3, 4, 5}, Beams.of(4), 30);
    BeamGeneration waiting = beams(new int[] {1}, Beams.of(4), 30);
    for (int i = 0; i < 3; i++) {
      step();
    }
    running.cancel();
    waiting.cancel();
    scheduler.dropCancelled();
    assertThat(scheduler.idle()).isTrue();
    assertThat(pool.free()).isEqualTo(pool.total());
    assertThat(running.await()).hasSize(4);
    assertThat(running.await().getFirst().result().tokens()).isNotEmpty();
    assertThat(waiting.await().getFirst().result().tokens()).isEmpty();
  }
}
