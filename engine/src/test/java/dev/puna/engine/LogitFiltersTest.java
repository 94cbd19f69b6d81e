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
import java.util.Map;
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
      counts[sampler.next(LOGITS, new int[0], i)]++;
    }
    double deviation = Math.sqrt(0.25 * 0.09 / total / total / draws);
    assertThat(counts[1] / (double) draws).isCloseTo(0.25 / total, within(5 * deviation));
    assertThat(counts[0] + counts[2]).isZero();
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
    Sampling all =
        new Sampling(0.7, 3, 0.9, 5)
            .topNSigma(2)
            .minP(0.1)
            .typical(0.9)
            .epsilon(0.01)
            .eta(0.01)
            .xtc(new Xtc(0.1, 1))
            .repetitionPenalty(1.2)
            .frequencyPenalty(0.1)
            .presencePenalty(0.1)
            .dry(new Dry(1).allowedLength(1))
            .noRepeatNgram(1)
            .bias(Map.of(0, 1f));
    all.filter(logits, new int[] {1, 2});
    new Sampler(all).next(logits, new int[] {1, 2}, 2);
    assertThat(logits).containsExactly(LOGITS);
  }

  /** Each method that sets something sets that and nothing else. */
  @Test
  void settersSetOneThing() throws ReflectiveOperationException {
    Sampling one =
        new Sampling(
            0.7,
            new Penalties(1.2, 0.3, 0.4, 8, new Dry(0.8, 1.5, 3, 100, Set.of(4)), 1),
            new Cuts(1.5, 3, 0.9, 0.1, 0.8, 0.01, 0.02, new Xtc(0.1, 0.5)),
            Map.of(1, 2f),
            5);
    Sampling two =
        new Sampling(
            0.6,
            new Penalties(1.3, 0.5, 0.6, 9, new Dry(0.9, 1.6, 4, 200, Set.of(5)), 2),
            new Cuts(2.5, 4, 0.5, 0.2, 0.3, 0.03, 0.04, new Xtc(0.2, 0.6)),
            Map.of(2, 3f),
            6);
    setOneThing(one, two);
    setOneThing(one.penalties(), two.penalties());
    setOneThing(one.truncation(), two.truncation());
    setOneThing(one.penalties().dry(), two.penalties().dry());
  }

  private static void setOneThing(Object one, Object two) throws ReflectiveOperationException {
    RecordComponent[] components = one.getClass().getRecordComponents();
    for (RecordComponent changed : components) {
      if (changed.getName().equals("multiplier")) {
        continue; // what a penalty is about: there is no other way to have it
      }
      Object value = changed.getAccessor().invoke(two);
      Object set =
          one.getClass().getMethod(changed.getName(), changed.getType()).invoke(one, value);
      for (RecordComponent c : components) {
        assertThat(c.getAccessor().invoke(set))
            .as("%s after %s", c.getName(), changed.getName())
            .isEqualTo(c.getAccessor().invoke(c.getName().equals(changed.getName()) ? two : one));
      }
    }
  }

  /** The short ways of a sampling reach the setting of their name. */
  @Test
  void shortWaysSetWhatTheyAreNamedAfter() {
    Xtc xtc = new Xtc(0.2, 0.6);
    Dry dry = new Dry(0.9);
    assertThat(
            PLAIN
                .topNSigma(2.5)
                .topK(4)
                .topP(0.5)
                .minP(0.2)
                .typical(0.3)
                .epsilon(0.03)
                .eta(0.04)
                .xtc(xtc)
                .truncation())
        .isEqualTo(new Cuts(2.5, 4, 0.5, 0.2, 0.3, 0.03, 0.04, xtc));
    assertThat(
            PLAIN
                .repetitionPenalty(1.3)
                .frequencyPenalty(0.5)
                .presencePenalty(0.6)
                .repeatLastN(9)
                .dry(dry)
                .noRepeatNgram(2)
                .penalties())
        .isEqualTo(new Penalties(1.3, 0.5, 0.6, 9, dry, 2));
    assertThat(PLAIN.topK(4).mirostat(5, 0.2).truncation()).isEqualTo(new Mirostat(5, 0.2));
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
            () -> PLAIN.topNSigma(-1),
            () -> PLAIN.frequencyPenalty(Double.NaN),
            () -> PLAIN.presencePenalty(1e9),
            () -> PLAIN.repeatLastN(-1),
            () -> PLAIN.mirostat(0, 0.1),
            () -> PLAIN.mirostat(5, 0),
            () -> PLAIN.mirostat(5, 0.1).topK(3),
            () -> PLAIN.bias(Map.of(-1, 1f)),
            () -> PLAIN.bias(Map.of(1, Float.NaN)),
            () -> PLAIN.bias(Map.of(1, Float.POSITIVE_INFINITY)),
            () -> PLAIN.bias(Map.of(4, 1f)).filter(LOGITS, new int[0]),
            () -> PLAIN.forSample(-1),
            () -> new Xtc(0, 1),
            () -> new Xtc(0.1, 1.5),
            () -> new Dry(-1),
            () -> new Dry(1).base(0.5),
            () -> new Dry(1).allowedLength(0),
            () -> new Dry(1).range(-1),
            () -> PLAIN.filter(LOGITS, new int[] {4}),
            () -> Beams.of(0),
            () -> Beams.of(2).lengthPenalty(Double.NaN));
    for (Runnable setting : bad) {
      assertThatThrownBy(setting::run).isInstanceOf(PunaException.class);
    }
  }
}
