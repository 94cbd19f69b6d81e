package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.puna.engine.BeamSearch.Continuation;
import dev.puna.engine.BeamSearch.Hypothesis;
import dev.puna.engine.Beams.EarlyStopping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random models: the log-probabilities of what follows are a function of the text so far. */
class BeamSearchTest {
  private static final int VOCAB = 4;
  private static final int END = 0;

  private static float[] model(int seed, List<Integer> text) {
    Random random = new Random(seed * 31L + text.hashCode());
    double[] p = random.doubles(VOCAB, 0.01, 1).toArray();
    double total = java.util.Arrays.stream(p).sum();
    float[] logProbs = new float[VOCAB];
    for (int i = 0; i < VOCAB; i++) {
      logProbs[i] = (float) Math.log(p[i] / total);
    }
    return logProbs;
  }

  private static List<Hypothesis> search(int seed, Beams beams, int most, Set<Integer> stops) {
    BeamSearch search = new BeamSearch(beams, most, stops);
    List<List<Integer>> texts = List.of(List.of());
    while (!search.over()) {
      assertThat(search.width()).isEqualTo(texts.size());
      for (int i = 0; i < texts.size(); i++) {
        search.offer(i, model(seed, texts.get(i)));
      }
      List<List<Integer>> next = new ArrayList<>();
      for (Continuation c : search.advance()) {
        next.add(append(texts.get(c.parent()), c.token()));
      }
      texts = next;
    }
    return search.ranked();
  }

  private static List<Integer> append(List<Integer> text, int token) {
    List<Integer> longer = new ArrayList<>(text);
    longer.add(token);
    return longer;
  }

  private static List<Integer> greedy(int seed, int most, Set<Integer> stops) {
    List<Integer> text = new ArrayList<>();
    while (text.size() < most) {
      float[] p = model(seed, text);
      int best = 0;
      for (int i = 1; i < VOCAB; i++) {
        best = p[i] > p[best] ? i : best;
      }
      if (stops.contains(best)) {
        break;
      }
      text.add(best);
    }
    return text;
  }

  /** One beam that ends at the first end is greedy decoding. */
  @Test
  void oneBeamIsGreedy() {
    for (int seed = 0; seed < 200; seed++) {
      for (Set<Integer> stops : List.of(Set.<Integer>of(), Set.of(END), Set.of(1, 3))) {
        Beams one = Beams.of(1).early(EarlyStopping.TRUE);
        assertThat(search(seed, one, 7, stops).getFirst().tokens())
            .isEqualTo(greedy(seed, 7, stops));
      }
    }
  }

  /** All texts of a model: those that end, and those of the full length. */
  private static void all(
      int seed, List<Integer> text, double sum, int most, double penalty, List<Hypothesis> found) {
    float[] p = model(seed, text);
    double norm = Math.pow(text.size() + 1, penalty);
    for (int token = 0; token < VOCAB; token++) {
      if (token == END) {
        found.add(new Hypothesis(text, true, (sum + p[token]) / norm));
      } else if (text.size() + 1 == most) {
        found.add(new Hypothesis(append(text, token), false, (sum + p[token]) / norm));
      } else {
        all(seed, append(text, token), sum + p[token], most, penalty, found);
      }
    }
  }

  /** With a beam for every text nothing is missed: the ranking is that of all texts there are. */
  @Test
  void withBeamsForAllItIsExhaustive() {
    for (int seed = 0; seed < 60; seed++) {
      double penalty = new double[] {-1, 0, 0.6, 1, 2}[seed % 5];
      List<Hypothesis> all = new ArrayList<>();
      all(seed, List.of(), 0, 4, penalty, all);
      all.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
      Beams beams = new Beams(all.size(), penalty, EarlyStopping.NEVER);
      List<Hypothesis> found = search(seed, beams, 4, Set.of(END));
      assertThat(found).hasSameSizeAs(all);
      for (int i = 0; i < all.size(); i++) {
        assertThat(found.get(i).tokens()).isEqualTo(all.get(i).tokens());
        assertThat(found.get(i).stopped()).isEqualTo(all.get(i).stopped());
        assertThat(found.get(i).score()).isCloseTo(all.get(i).score(), within(1e-9));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void ranksByTheFormula(EarlyStopping early) {
    for (int seed = 0; seed < 100; seed++) {
      Beams beams = new Beams(3, 0.7, early);
      List<Hypothesis> found = search(seed, beams, 9, Set.of(END));
      assertThat(found).hasSize(3).doesNotHaveDuplicates();
      assertThat(found.stream().map(h -> -h.score()).toList()).isSorted();
      for (Hypothesis h : found) {
        double sum = 0;
        List<Integer> text = h.stopped() ? append(h.tokens(), END) : h.tokens();
        for (int i = 0; i < text.size(); i++) {
          sum += model(seed, text.subList(0, i))[text.get(i)];
        }
        assertThat(h.score()).isCloseTo(sum / Math.pow(text.size(), 0.7), within(1e-9));
        assertThat(h.stopped() || text.size() == 9).isTrue();
      }
    }
  }

  /** Where nothing may follow, the texts so far are the result. */
  @Test
  void endsWhereNothingMayFollow() {
    BeamSearch search = new BeamSearch(Beams.of(2), 9, Set.of());
    float never = Float.NEGATIVE_INFINITY;
    search.offer(0, new float[] {never, -1, -2});
    assertThat(search.advance()).containsExactly(new Continuation(0, 1), new Continuation(0, 2));
    search.offer(0, new float[] {never, never, never});
    search.offer(1, new float[] {never, never, never});
    assertThat(search.advance()).isEmpty();
    assertThat(search.over()).isTrue();
    assertThat(search.ranked())
        .containsExactly(
            new Hypothesis(List.of(1), false, -1), new Hypothesis(List.of(2), false, -2));
  }
}
