package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.tensor.PunaException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogitFiltersTest {
  private static final Sampling PLAIN = new Sampling(1, 0, 1, 3);

  /** ln of 0.5, 0.3, 0.15, 0.05, in another order. */
  private static final float[] LOGITS = {
    (float) Math.log(0.15), (float) Math.log(0.5), (float) Math.log(0.05), (float) Math.log(0.3)
  };

  private static List<Integer> left(Sampling sampling, float[] logits) {
    float[] filtered = sampling.filter(logits, new int[0]);
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < filtered.length; i++) {
      if (filtered[i] > Float.NEGATIVE_INFINITY) {
        left.add(i);
      }
    }
    return left;
  }

  /** By hand: H = 1.1421, so ln p + H is -0.755, 0.449, -1.854, -0.062. */
  @Test
  void cutsAsTheFormulasSay() {
    assertThat(left(PLAIN.minP(0.29), LOGITS)).containsExactly(0, 1, 3);
    assertThat(left(PLAIN.minP(0.31), LOGITS)).containsExactly(1, 3);
    assertThat(left(PLAIN.minP(1), LOGITS)).containsExactly(1);
    assertThat(left(PLAIN.typical(0.29), LOGITS)).containsExactly(3);
    assertThat(left(PLAIN.typical(0.79), LOGITS)).containsExactly(1, 3);
    assertThat(left(PLAIN.typical(0.81), LOGITS)).containsExactly(0, 1, 3);
    assertThat(left(PLAIN.epsilon(0.14), LOGITS)).containsExactly(0, 1, 3);
    assertThat(left(PLAIN.epsilon(0.9), LOGITS)).containsExactly(1);
    // √ε · exp(-H) = 0.3191 √ε: 0.143 and 0.160, less than ε
    assertThat(left(PLAIN.eta(0.2), LOGITS)).containsExactly(0, 1, 3);
    assertThat(left(PLAIN.eta(0.25), LOGITS)).containsExactly(1, 3);
  }

  @Test
  void penalizesOnceEachTokenThatWasThere() {
    float[] filtered =
        Sampling.greedy()
            .repetitionPenalty(2)
            .filter(new float[] {3, -3, 3, -3}, new int[] {0, 1, 0});
    assertThat(filtered).containsExactly(1.5f, -6, 3, -3);
  }

  @Test
  void greedyHeedsPenaltiesAndIgnoresCuts() {
    Sampler sampler = new Sampler(Sampling.greedy().repetitionPenalty(1.5).typical(0.1));
    assertThat(sampler.next(new float[] {3, 2.5f, 1}, new int[] {0, 9, 9}, 1)).isEqualTo(1);
    assertThat(sampler.next(new float[] {3, 2.5f, 1}, new int[0], 0)).isEqualTo(0);
  }

  /** What the chain draws has the probabilities of the softmax over what it leaves. */
  @Test
  void drawsFromWhatIsLeft() {
    Sampler sampler = new Sampler(PLAIN.minP(0.2).temperature(0.5).seed(9));
    double total = 0.25 + 0.09;
    int draws = 40_000;
    int[] counts = new int[4];
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(LOGITS)]++;
    }
    double deviation = Math.sqrt(0.25 * 0.09 / total / total / draws);
    assertThat(counts[1] / (double) draws).isCloseTo(0.25 / total, within(5 * deviation));
    assertThat(counts[0] + counts[2]).isZero();
  }

  /** The chain and the short way agree on what top-k and top-p leave, where there are no ties. */
  @Test
  void bothWaysLeaveTheSame() {
    Random random = new Random(4);
    for (int round = 0; round < 50; round++) {
      float[] logits = new float[40];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) random.nextGaussian() * 2;
      }
      Sampling s = new Sampling(0.8, random.nextInt(12), 0.3 + 0.6 * random.nextDouble(), round);
      Set<Integer> drawn = new HashSet<>();
      Sampler sampler = new Sampler(s);
      for (int i = 0; i < 4000; i++) {
        drawn.add(sampler.next(logits));
      }
      assertThat(s.onlyNucleus()).isTrue();
      assertThat(left(s, logits)).containsAll(drawn);
      double total = 0;
      for (int token : left(s, logits)) {
        total += Math.exp(logits[token] / 0.8);
      }
      for (int token : left(s, logits)) {
        if (Math.exp(logits[token] / 0.8) / total > 0.01) { // missed once in e^40
          assertThat(drawn).contains(token);
        }
      }
    }
  }

  @Test
  void noNgramComesTwice() {
    Random random = new Random(6);
    for (int n = 1; n <= 4; n++) {
      Sampler sampler = new Sampler(PLAIN.noRepeatNgram(n));
      int[] text = new int[n == 1 ? 30 : 60];
      Set<List<Integer>> seen = new HashSet<>();
      for (int length = 0; length < text.length; length++) {
        float[] logits = new float[30];
        for (int i = 0; i < logits.length; i++) {
          logits[i] = (float) random.nextGaussian() + (i < 3 ? 5 : 0);
        }
        text[length] = sampler.next(logits, text, length);
        if (length + 1 >= n) {
          List<Integer> last = Arrays.stream(text, length + 1 - n, length + 1).boxed().toList();
          assertThat(seen.add(last)).as("%s", last).isTrue();
        }
      }
    }
  }

  @Test
  void aBanOfEverythingIsNone() {
    Sampler sampler = new Sampler(PLAIN.noRepeatNgram(1));
    assertThat(sampler.next(new float[] {1, 2}, new int[] {0, 1}, 2)).isEqualTo(1);
  }

  @Test
  void leavesTheGivenLogitsAlone() {
    float[] logits = LOGITS.clone();
    Sampling all = new Sampling(0.7, 3, 0.9, 0.1, 0.9, 0.01, 0.01, 1.2, 1, 5);
    all.filter(logits, new int[] {1, 2});
    new Sampler(all).next(logits, new int[] {1, 2}, 2);
    assertThat(logits).containsExactly(LOGITS);
  }

  /** Each method that sets something sets that and nothing else. */
  @Test
  void settersSetOneThing() throws ReflectiveOperationException {
    Sampling one = new Sampling(0.7, 3, 0.9, 0.1, 0.8, 0.01, 0.02, 1.2, 1, 5);
    Sampling two = new Sampling(0.6, 4, 0.5, 0.2, 0.3, 0.03, 0.04, 1.3, 2, 6);
    for (RecordComponent changed : Sampling.class.getRecordComponents()) {
      Object value = changed.getAccessor().invoke(two);
      Object set =
          Sampling.class.getMethod(changed.getName(), changed.getType()).invoke(one, value);
      for (RecordComponent c : Sampling.class.getRecordComponents()) {
        assertThat(c.getAccessor().invoke(set))
            .as("%s after %s", c.getName(), changed.getName())
            .isEqualTo(c.getAccessor().invoke(c.getName().equals(changed.getName()) ? two : one));
      }
    }
  }

  @Test
  void refusesImpossibleSettings() {
    List<Runnable> bad =
        List.of(
            () -> PLAIN.minP(1.1),
            () -> PLAIN.minP(Double.NaN),
            () -> PLAIN.typical(0),
            () -> PLAIN.typical(1.1),
            () -> PLAIN.epsilon(1),
            () -> PLAIN.eta(-0.1),
            () -> PLAIN.repetitionPenalty(0),
            () -> PLAIN.repetitionPenalty(Double.POSITIVE_INFINITY),
            () -> PLAIN.noRepeatNgram(-1),
            () -> PLAIN.filter(LOGITS, new int[] {4}),
            () -> Beams.of(0),
            () -> Beams.of(2).lengthPenalty(Double.NaN));
    for (Runnable setting : bad) {
      assertThatThrownBy(setting::run).isInstanceOf(PunaException.class);
    }
  }
}
